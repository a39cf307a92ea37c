//go:build unix

package browser

import (
	"bytes"
	"context"
	"image/png"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// picture emulates the person's choice of a light or a dark screen, keeps a picture of the page beside the other files
// of the test, and returns how bright a corner of it is, to 65535.
func (t *tab) picture(scheme, name string) uint32 {
	t.Helper()
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
	data, err := chromedp.Run(t.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	t.write(name+"-"+scheme+".png", string(data), 0o600)
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r, g, b, _ := picture.At(2, 2).RGBA()
	return (r + g + b) / 3
}

// The pages follow the person's screen: their style is applied, which the policy for their content must allow.
func TestLook(t *testing.T) {
	w := newWorld(t)
	c := w.chromium()
	last := func(user, heading, name string, args ...string) {
		s := w.get(args...)
		p := c.tab()
		p.open(s.shown)
		p.signIn(user)
		p.heading(heading)
		<-s.over
		if light, dark := p.picture("light", name), p.picture("dark", name); light < 0xe000 || dark > 0x3000 {
			t.Errorf("%s is %#x bright on a light screen, %#x on a dark one", heading, light, dark)
		}
		p.do(chromedp.EmulateViewport(360, 640))
		p.picture("light", name+"-narrow")
	}
	last(entratest.Alice, "Signed in", "done")
	last("", "Not signed in", "refused", "--account", entratest.Bob)
	c.quiet()
}
