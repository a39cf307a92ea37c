package text

import (
	"slices"
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                                       "",
		"one two three four five six seven":      "one two three four|five six seven",
		"one  two\tthree":                        "one two three",
		"11111111-2222-3333-4444-555555555555 x": "11111111-2222-3333-4444-555555555555|x",
		// command lines stay whole
		"Sign in: entralogin login --tenant-id contoso.example":                    "Sign in:|entralogin login --tenant-id contoso.example",
		"Run entralogin login --account a@b.c, then try it again":                  "Run|entralogin login --account a@b.c,|then try it again",
		`try "entralogin kubeconfig add --overwrite" (AKS: add --aks --overwrite)`: `try|"entralogin kubeconfig add --overwrite"|(AKS: add --aks|--overwrite)`,
		"entralogin account set NAME --client-id 80faf920 chooses one":             "entralogin account set NAME --client-id 80faf920|chooses one",
		`see (entralogin help config).`:                                            "see (entralogin help|config).",
		"it says: kubectl entralogin x":                                            "it says:|kubectl entralogin x",
		// and prose is prose
		"entralogin signs in itself, and git asks nobody for it":      "entralogin signs in|itself, and git asks|nobody for it",
		"then git config --global --unset x, or kubectl of the other": "then|git config --global --unset x,|or kubectl of the|other",
		`"entralogin without an end of the quotes`:                    `"entralogin without|an end of the quotes`,
	} {
		if got := strings.Join(Fold(in, 20), "|"); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", in, got, want)
		}
		if got := Fold(in, 0); !slices.Equal(got, []string{strings.Join(strings.Fields(in), " ")}) {
			t.Errorf("%q without a bound: %q", in, got)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("a b", 1)
	f.Add(`run "entralogin login --x y", or git x`, 10)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if got := strings.Join(Fold(s, width), " "); got != strings.Join(strings.Fields(s), " ") {
			t.Errorf("%q became %q", s, got)
		}
	})
}
