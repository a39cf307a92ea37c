package entra_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/entralogin/entralogin/plugin/entra"
)

// TestExplain: each number and code has words that fit into the sentences that are made of them.
func TestExplain(t *testing.T) {
	t.Parallel()
	turns := []entra.Turn{entra.You, entra.Administrator, entra.AppOwner, entra.ResourceOwner, entra.Issuer, entra.Nobody}
	all, err := entra.Explained()
	if err != nil || len(all) < len(entra.Numbers())+9 {
		t.Errorf("%d numbers and codes are explained: %v", len(all), err)
	}
	for name, e := range all {
		_, _, ofMachine := strings.Cut(name, "-")
		if !slices.Contains(turns, e.Turn) || ofMachine && e.SignIn {
			t.Errorf("%s: %+v", name, e)
		}
		for _, words := range []string{e.What, e.Remedy} {
			if words == "" || strings.HasSuffix(words, ".") || unicode.IsUpper([]rune(words)[0]) && !strings.HasPrefix(words, "Conditional Access") {
				t.Errorf("%s: %q", name, words)
			}
		}
	}
	var none []int
	for _, n := range entra.Numbers() {
		if e, _ := entra.Explain(n); e.NoTenant {
			none = append(none, n)
		}
	}
	if !slices.Equal(none, []int{50059, 50128, 90002, 90013, 90019, 900023}) {
		t.Errorf("no tenant: %d", none)
	}
	if _, ok := entra.Explain(1); ok {
		t.Error("1 is explained")
	}
}

// TestExplainKnows holds the numbers to those that people meet.
func TestExplainKnows(t *testing.T) {
	t.Parallel()
	for _, n := range []int{50020, 50034, 50053, 50055, 50057, 50058, 50072, 50074, 50076, 50078, 50079, 50097, 50105, 50126, 50128, 90002,
		50173, 53000, 53001, 53003, 65001, 65004, 70008, 700082, 70011, 70016, 70018, 70019, 70020, 70043, 7000215, 7000222, 7000218,
		700016, 90072, 90033} {
		if !slices.Contains(entra.Numbers(), n) {
			t.Errorf("%d is not explained", n)
		}
	}
}

// TestExplainDeviceCode: of a refusal that may be one of device codes it is known for how long that is believed, and
// who is blocked by Conditional Access hears what else can be done.
func TestExplainDeviceCode(t *testing.T) {
	t.Parallel()
	believed := map[string][]int{
		"day":  {50005, 50131, 53000, 53003, 530002, 530031},
		"week": {50097, 50127, 50129, 50155, 50187, 53001, 70003, 530003, 530032, 530033, 530035, 7000218},
	}
	for _, n := range entra.Numbers() {
		e, _ := entra.Explain(n)
		if e.OfCode == "" && !slices.Contains(slices.Concat(believed["day"], believed["week"]), n) {
			continue
		}
		if !slices.Contains(believed[e.OfCode], n) {
			t.Errorf("%d is believed for a %q", n, e.OfCode)
		}
		if e.SignIn || n != 70003 && n != 7000218 && (e.Turn != entra.Administrator || !strings.Contains(e.Remedy, "exception")) {
			t.Errorf("%d: %+v", n, e)
		}
	}
	for _, n := range []int{53002, 53009} {
		if e, _ := entra.Explain(n); e.Turn != entra.Administrator || !strings.Contains(e.Remedy, "exception") {
			t.Errorf("%d: %+v", n, e)
		}
	}
}

func TestExplainError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		e        entra.Error
		why      string
		turn     entra.Turn
		page, of string
	}{
		"known": {entra.Error{AADSTS: 50173, Code: "invalid_grant"},
			"AADSTS50173: the sign-in was revoked, for example by a change of the password", entra.You, "", ""},
		"several": {entra.Error{AADSTS: 50076, Also: []int{50079}}, "AADSTS50076 and AADSTS50079: multi-factor authentication is required", entra.You, "", ""},
		"unknown": {entra.Error{AADSTS: 99999, Code: "invalid_grant"}, "AADSTS99999: the service refuses, for a reason that is not known here", "",
			"https://login.microsoftonline.com/error?code=99999", ""},
		"no number":  {entra.Error{Code: "invalid_grant"}, "invalid_grant: the service no longer accepts the sign-in", entra.You, "", ""},
		"odd code":   {entra.Error{Code: "x"}, "x: the service refuses", "", "", ""},
		"no code":    {entra.Error{Status: 400}, "HTTP status 400: the service refuses", "", "", ""},
		"no client":  {entra.Error{Code: "invalid_client"}, "invalid_client: the application can't sign in like this", entra.AppOwner, "", ""},
		"no consent": {entra.Error{Code: "consent_required"}, "consent_required: nobody has consented to what the application asks for", entra.You, "", ""},
	} {
		e := tt.e.Explain()
		if tt.e.Why() != tt.why || e.Turn != tt.turn || e.Page != tt.page || (e.Turn == "") != (e.Remedy == "") {
			t.Errorf("%s: %q, %+v", name, tt.e.Why(), e)
		}
	}
}

func TestSupport(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 11, 30, 0, 0, time.FixedZone("", 3600))
	for want, e := range map[string]entra.Error{
		"correlation ID c, 2026-11-22 10:30:00 UTC":  {CorrelationID: "c", When: at},
		"no correlation ID, 2026-11-22 10:30:00 UTC": {When: at},
		"no correlation ID":                          {},
	} {
		if got := e.Support(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestNumberIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "AADSTS": 0, "AADSTS50173": 50173, "x: AADSTS50173: y AADSTS7": 50173, "50173": 0,
		"AADSTSx": 0, "AADSTS99999999999999999999": 0, "aadsts5": 0} {
		if got := entra.NumberIn(text); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}
