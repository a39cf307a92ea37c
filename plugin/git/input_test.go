package git

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/entralogin/entralogin/cache"
)

const (
	secret = "s3cr3t-Wert"
	get239 = "protocol=https\nhost=dev.azure.com\npath=Contoso/web/_git/web\nusername=Contoso\n"
	// What git 2.55 writes for get, and for the erase of a bearer token.
	get255 = "capability[]=authtype\ncapability[]=state\n" + get239 +
		"wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47\n" +
		"wwwauth[]=Basic realm=\"https://tfsproduks1.visualstudio.com/\"\nwwwauth[]=TFS-Federated\n\n"
	erase255 = "capability[]=authtype\nauthtype=Bearer\ncredential=" + secret + "\nephemeral=1\n" + get239 + "\n"
)

func read(text string) (Input, error) { return ReadInput(strings.NewReader(text)) }

func mustRead(t *testing.T, text string) Input {
	t.Helper()
	in, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestReadInputAccepts(t *testing.T) {
	base := Input{Protocol: "https", Host: "dev.azure.com", Path: "Contoso/web/_git/web", Username: "Contoso"}
	with := func(change func(*Input)) Input {
		in := base
		change(&in)
		return in
	}
	for name, test := range map[string]struct {
		text string
		want Input
	}{
		"git 2.39":                   {get239 + "\n", base},
		"no blank line at the end":   {get239, base},
		"no newline at the end":      {strings.TrimSuffix(get239, "\n"), base},
		"nothing":                    {"", Input{}},
		"a blank line":               {"\n" + get239, Input{}},
		"behind the blank line":      {get239 + "\nhost=evil.example\n\x00", base},
		"no host, no protocol":       {"path=a\n\n", Input{Path: "a"}},
		"unknown attributes":         {"=\nquit=1\nnew[]=\nnew=a=b\nephemeral=perhaps\ncontinue=1\nstate[]=x\npassword_expiry_utc=soon\noauth_refresh_token=x\nHost=x\n" + get239, base},
		"%0a in the path":            {"path=a%0ahost=evil.example%00\n", Input{Path: "a%0ahost=evil.example%00"}},
		"= in a value":               {"path==a=b=\n", Input{Path: "=a=b="}},
		"bytes that are no UTF-8":    {"path=f\xe9\xff\n", Input{Path: "f\xe9\xff"}},
		"empty values":               {"username=\npath=\npassword=\n", Input{Password: cache.NewSecret("")}},
		"the same host twice":        {"host=dev.azure.com\n" + get239, base},
		"a line of 65,534 bytes":     {"path=" + strings.Repeat("x", 65529) + "\n", Input{Path: strings.Repeat("x", 65529)}},
		"a challenge with tabs":      {"wwwauth[]=Bearer\ta=b,\tc=d\n", Input{WWWAuth: []string{"Bearer a=b, c=d"}}},
		"an empty challenge resets":  {"wwwauth[]=A\nwwwauth[]=\nwwwauth[]=B\nwwwauth[]=C\n", Input{WWWAuth: []string{"B", "C"}}},
		"an empty capability resets": {"capability[]=authtype\ncapability[]=\ncapability[]=state\n", Input{Capabilities: []string{"state"}}},
		"a password":                 {get239 + "password=" + secret + "\n", with(func(in *Input) { in.Password = cache.NewSecret(secret) })},
		"git 2.55": {get255, with(func(in *Input) {
			in.Capabilities = []string{"authtype", "state"}
			in.WWWAuth = []string{"Bearer authorization_uri=https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47",
				`Basic realm="https://tfsproduks1.visualstudio.com/"`, "TFS-Federated"}
		})},
		"git 2.55, erase": {erase255, with(func(in *Input) {
			in.Capabilities, in.AuthType, in.Credential = []string{"authtype"}, "Bearer", cache.NewSecret(secret)
		})},
		"a url":                    {"url=https://Contoso@dev.azure.com/Contoso/web/_git/web/\n", base},
		"a url and the same again": {"url=https://dev.azure.com\n" + get239, base},
		"a url with a port, a password and %": {"url=https://bob%40a.example:p%25w@h:8443//a%0a%20b?c#d\n",
			Input{Protocol: "https", Host: "h:8443", Username: "bob@a.example", Password: cache.NewSecret("p%w"), Path: "a%0a%20b?c#d"}},
		"a url with the port 443":  {get239 + "url=https://DEV.azure.com:443/\n", base},
		"a host behind such a url": {"url=https://dev.azure.com:443\nhost=dev.azure.com\n", Input{Protocol: "https", Host: "dev.azure.com:443"}},
		"a url without a host":     {"url=cert:///etc/x\n", Input{Protocol: "cert", Path: "etc/x"}},
		"a url with a query":       {"url=https://h?x@y\n", Input{Protocol: "https", Host: "h", Path: "?x@y"}},
		// What t0303 of git calls a long header: the value of one attribute never becomes another attribute.
		"not confused by a long header": {"protocol=https\nhost=badguy.example\nwwwauth[]=basic realm=" + strings.Repeat("a", 1001) + "host=dev.azure.com\n",
			Input{Protocol: "https", Host: "badguy.example", WWWAuth: []string{"basic realm=" + strings.Repeat("a", 1001) + "host=dev.azure.com"}}},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := read(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(in, test.want) {
				t.Errorf("got  %+v\nwant %+v", in, test.want)
			}
		})
	}
}

func TestReadInputRefuses(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"CR in a value":           {"path=a\rb" + secret + "\n", "a line (1) with a control character"},
		"CRLF":                    {strings.ReplaceAll(get239, "\n", "\r\n"), "a line (1) with a control character"},
		"a blank line with CR":    {get239 + "\r\n", `a line (5) without "="`},
		"NUL in a value":          {get239 + "x=" + secret + "\x00\n", "a line (5) with a control character"},
		"NUL in a key":            {"ho\x00st=" + secret + "\n", "with a control character"},
		"ESC":                     {"username=\x1b[31m" + secret + "\n", "with a control character"},
		"a tab":                   {"path=a\tb\n", "with a control character"},
		"DEL":                     {"path=a\x7fb\n", "with a control character"},
		"CSI of Latin-1":          {"path=a\u009bb\n", "with a control character"},
		"CR in a challenge":       {"wwwauth[]=Basic\rhost=x\n", "with a control character"},
		"no =":                    {get239 + secret + "\n", `a line (5) without "="`},
		"no =, no newline":        {secret, `a line (1) without "="`},
		"a line of 65,535 bytes":  {"path=" + strings.Repeat("x", 65530) + "\n", "a line (1) of more than 65534 bytes"},
		"a line of 65,536 bytes":  {get239 + "path=" + strings.Repeat("x", 65531) + "\n", "a line (5) of more than 65534 bytes"},
		"a line without an end":   {strings.Repeat("x", 1<<17), "a line (1) of more than 65534 bytes"},
		"too much":                {strings.Repeat("x="+strings.Repeat("y", 60000)+"\n", 18), "is larger than 1024 KiB"},
		"two hosts":               {get239 + "host=" + secret + "\n", "a line (5) that gives host a second value"},
		"two ports":               {get239 + "host=dev.azure.com:8443\n", "that gives host a second value"},
		"a url with another port": {get239 + "url=https://dev.azure.com:444/\n", "that gives host a second value"},
		"two hosts, one empty":    {"host=\n" + get239, "a second value"},
		"two protocols":           {get239 + "protocol=http\n", "that gives protocol a second value"},
		"two user names":          {get239 + "username=" + secret + "\n", "that gives username a second value"},
		"two paths":               {get239 + "path=" + secret + "\n", "that gives path a second value"},
		"two passwords":           {"password=a\npassword=" + secret + "\n", "that gives password a second value"},
		"two credentials":         {"credential=a\ncredential=" + secret + "\n", "that gives credential a second value"},
		"two types":               {"authtype=Basic\nauthtype=Bearer\n", "that gives authtype a second value"},
		"a user name in the host": {"host=" + secret + "@dev.azure.com\n", "with a user name in the host"},
		"a url with another host": {get239 + "url=https://" + secret + ".example/\n", "that gives host a second value"},
		"a url without protocol":  {"url=" + secret + "\n", "a url that has no protocol"},
		"a url, empty protocol":   {"url=://" + secret + "\n", "a url that has no protocol"},
		"a url with two @":        {"url=https://a:b@" + secret + "@dev.azure.com/\n", "with a user name in the host"},
		"a url, newline in user":  {"url=https://a%0ahost=" + secret + "@dev.azure.com/\n", "whose user name can't be decoded"},
		"a url, CR in password":   {"url=https://a:" + secret + "%0d@dev.azure.com/\n", "whose password can't be decoded"},
		"a url, half a % in user": {"url=https://a%4@dev.azure.com/\n", "whose user name can't be decoded"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := read(test.text)
			var input *InputError
			if !errors.As(err, &input) {
				t.Fatalf("got %+v and %v, want an *InputError", in, err)
			}
			if !reflect.DeepEqual(in, Input{}) {
				t.Errorf("got %+v besides the error", in)
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("got %q, want %q", err, test.want)
			}
		})
	}
}

// git closes the pipe behind what it writes, but others that call a helper may hold it open.
func TestReadInputStopsAtTheBlankLine(t *testing.T) {
	r, w := io.Pipe()
	go io.WriteString(w, get239+"\n") // and then nothing, for ever
	in, err := ReadInput(iotest.OneByteReader(r))
	if err != nil || in.Host != "dev.azure.com" {
		t.Errorf("got %+v and %v", in, err)
	}
}

func TestReadInputFails(t *testing.T) {
	broken := errors.New("broken")
	_, err := ReadInput(io.MultiReader(strings.NewReader(get239), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// The end of the input is not asked for twice: a terminal would wait again.
func TestReadInputStopsAtTheEnd(t *testing.T) {
	in, err := ReadInput(&once{text: "host=a"})
	if err != nil || in.Host != "a" {
		t.Errorf("got %+v and %v", in, err)
	}
}

// once gives its text, ends once, and fails then.
type once struct {
	text string
	over bool
}

func (o *once) Read(p []byte) (n int, err error) {
	if o.over {
		return 0, errors.New("read again")
	}
	n = copy(p, o.text)
	o.text, o.over = o.text[n:], n == 0
	if o.over {
		err = io.EOF
	}
	return n, err
}

func TestInputHidesSecrets(t *testing.T) {
	in := mustRead(t, "password="+secret+"1\ncredential="+secret+"2\n")
	if text := fmt.Sprintf("%v %+v %#v %s", in, in, in, in); strings.Contains(text, secret) {
		t.Error(text)
	}
	if in.Password.Reveal() != secret+"1" || in.Credential.Reveal() != secret+"2" {
		t.Error("the secrets are lost")
	}
}

func TestRefuses(t *testing.T) {
	ours := cache.Token{Value: cache.NewSecret(secret)}
	for name, test := range map[string]struct {
		text string
		want bool
	}{
		"a bearer token, ours":          {erase255, true},
		"a bearer token, an older one":  {strings.ReplaceAll(erase255, secret, secret+"0"), false},
		"a bearer token in small":       {strings.ReplaceAll(erase255, "Bearer", "bearer"), true},
		"a credential of another type":  {strings.ReplaceAll(erase255, "Bearer", "Digest"), false},
		"a credential without type":     {"credential=" + secret + "\n", false},
		"a password, ours":              {get239 + "password=" + secret + "\n", true},
		"a password, another one":       {get239 + "password=s3cr3t\n", false},
		"a password, in another case":   {get239 + "password=" + strings.ToUpper(secret) + "\n", false},
		"a password and another token":  {"password=" + secret + "\nauthtype=Bearer\ncredential=x\n", false},
		"no password":                   {get239, false},
		"an empty password":             {get239 + "password=\n", false},
		"an empty credential":           {"authtype=Bearer\ncredential=\n", false},
		"an empty one and a password":   {"authtype=Bearer\ncredential=\npassword=" + secret + "\n", true},
		"a refresh token with its text": {"oauth_refresh_token=" + secret + "\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			in := mustRead(t, test.text)
			if got := in.Refuses(cache.Key{}, ours); got != test.want {
				t.Errorf("got %v", got)
			}
			if in.Refuses(cache.Key{}, cache.Token{}) {
				t.Error("no token is refused, either")
			}
		})
	}
}

// An erase removes the token that was refused from the cache, and no other one.
func TestRefusesInTheCache(t *testing.T) {
	store := &cache.Store{Folder: cache.Folder{Dir: t.TempDir()}}
	id := cache.SessionID{Authority: "login.example.com", Client: "11111111-2222-3333-4444-555555555555"}
	var left []string
	for _, tenant := range []string{"a.example", "b.example"} {
		k := cache.Key{SessionID: id, Tenant: tenant, Kind: cache.Access}
		if err := store.KeepToken(k, cache.Token{Value: cache.NewSecret("token of " + tenant), Kind: cache.Access}); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.RemoveTokens(id, mustRead(t, "password=token of a.example\n").Refuses); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []string{"a.example", "b.example"} {
		if _, err := store.Token(cache.Key{SessionID: id, Tenant: tenant, Kind: cache.Access}); err == nil {
			left = append(left, tenant)
		} else if !errors.Is(err, cache.ErrNone) {
			t.Error(err)
		}
	}
	if !slices.Equal(left, []string{"b.example"}) {
		t.Errorf("left are the tokens of %v", left)
	}
}

func FuzzInput(f *testing.F) {
	for _, seed := range []string{"", get239, get255, erase255, "url=https://a:b@h/p\n", "password=\x00", "wwwauth[]=\t\n",
		"host=a\nhost=b\n", "host=a@", "path=\u0085", "x\n", "\n", "url=https://a%0a@h\n", "path=" + strings.Repeat("x", 65530)} {
		f.Add(seed, "\n")
		f.Add("password=", seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		text := before + secret + after
		in, err := read(text)
		if err != nil {
			var input *InputError
			if !errors.As(err, &input) || strings.Contains(err.Error(), secret) || hasControl(err.Error()) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		values := append([]string{in.Protocol, in.Host, in.Path, in.Username, in.Password.Reveal(), in.AuthType, in.Credential.Reveal()},
			slices.Concat(in.WWWAuth, in.Capabilities)...)
		for _, v := range values {
			if hasControl(v) {
				t.Errorf("%q has a control character", v)
			}
		}
		if strings.Contains(in.Host, "@") {
			t.Errorf("the host %q has a user name", in.Host)
		}
		if again, err := read(sorted(text)); err != nil || !reflect.DeepEqual(in, again) {
			t.Errorf("in another order: %+v and %v, not %+v", again, err, in)
		}
		Find(in, nil)
		ChallengeTenant(in.WWWAuth)
	})
}

// sorted sorts the lines up to the blank one by their attributes.
func sorted(text string) string {
	text, _, _ = strings.Cut("\n"+text, "\n\n")
	if text == "" {
		return ""
	}
	lines := strings.Split(strings.TrimSuffix(text[1:], "\n"), "\n")
	key := func(line string) string {
		k, _, _ := strings.Cut(line, "=")
		return k
	}
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(key(a), key(b)) })
	return strings.Join(lines, "\n") + "\n"
}
