package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// BenchmarkWarmSealed measures a warm get-token whose files are sealed under a key of the kernel against
// one with plain files, in turns. It fails where the kernel gives out no keys.
//
//	go test -run '^$' -bench WarmSealed -benchtime 500x ./cmd/entralogin
func BenchmarkWarmSealed(b *testing.B) {
	if !kernelHasKeys() {
		b.Fatal("the kernel of this machine gives out no keys")
	}
	dir := b.TempDir()
	entralogin := release(b, filepath.Join(dir, "entralogin"), ".")
	plain := signedIn(b, dir)
	sealed := append(slices.Clone(plain), "ENTRALOGIN_STORAGE=keyctl", "ENTRALOGIN_CACHE_DIR="+filepath.Join(dir, "sealed"))
	if out, err := exec.Command("cp", "-a", filepath.Join(dir, "cache"), filepath.Join(dir, "sealed")).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	// A call past the warm path, which moves what is stored; the service is gone, and so it fails after that.
	move := exec.Command(entralogin, "get-token", "--server-id", "another", "--prompt", "never")
	move.Env = sealed
	if out, err := move.CombinedOutput(); !strings.Contains(string(out), "storage keyctl is in force") {
		b.Fatalf("%v: %s", err, out)
	}
	defer func() { // back again: the key goes
		move := exec.Command(entralogin, "get-token", "--server-id", "another", "--prompt", "never")
		move.Env = append(sealed, "ENTRALOGIN_STORAGE=file")
		if out, err := move.CombinedOutput(); !strings.Contains(string(out), "storage file is in force") {
			b.Errorf("%v: %s", err, out)
		}
	}()
	var with, without []sample
	for b.Loop() {
		for _, side := range []struct {
			env  []string
			into *[]sample
		}{{plain, &without}, {sealed, &with}} {
			cmd := exec.Command(entralogin, "get-token", "--server-id", entratest.ServerID)
			cmd.Env = side.env
			*side.into = append(*side.into, measure(b, cmd))
		}
	}
	wall := func(s sample) float64 { return float64(s.wall) }
	cpu := func(s sample) float64 { return float64(s.cpu) }
	b.ReportMetric(median(with, wall)/median(without, wall), "wall-ratio")
	b.ReportMetric(median(with, cpu)/median(without, cpu), "cpu-ratio")
	b.ReportMetric(median(with, wall)/float64(time.Millisecond), "ms/warm")
	b.ReportMetric(0, "ns/op") // the sum of both means nothing
}

// sample is what one process cost.
type sample struct{ wall, cpu time.Duration }

func measure(b *testing.B, cmd *exec.Cmd) sample {
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	return sample{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

func median(samples []sample, of func(sample) float64) float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// release builds a program as for a release: without cgo, whose dynamic linking would cost a millisecond.
func release(b *testing.B, path, source string) string {
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return path
}

// signedIn fills a cache by a real sign-in at a simulator that is gone afterwards, and returns the
// environment that leads to it.
func signedIn(b *testing.B, dir string) []string {
	sim := entratest.NewServer()
	defer sim.Close()
	sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	sim.AutoApprove(entratest.Alice, 0)
	ca, config := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "config.yaml")
	text := fmt.Sprintf("authorities:\n  - host: %s\n    ca-file: ca.pem\nauthority-host: %s\ntenant-id: %s\nclient-id: %s\n",
		sim.Host, sim.URL, entratest.TenantContoso, entratest.ClientID)
	for path, content := range map[string]string{ca: string(sim.CertPEM()), config: text} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	env := []string{"HOME=" + dir, "ENTRALOGIN_CONFIG=" + config, "ENTRALOGIN_CACHE_DIR=" + filepath.Join(dir, "cache"), "ENTRALOGIN_AGENT=none"}
	cmd := exec.Command(filepath.Join(dir, "entralogin"), "get-token", "--server-id", entratest.ServerID)
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return env
}
