package gitcheck

import "testing"

func TestParseVersion(t *testing.T) {
	for out, want := range map[string]Version{
		"git version 2.45.1.windows.1\n": {2, 45}, "git version 2.39.5 (Apple Git-154)\n": {2, 39}, "git version 3.0-rc1\n": {3, 0},
		"git version 2.54": {2, 54}, "git version 2.54\r\n": {2, 54},
		"": {}, "git version ": {}, "git version 2": {}, "git version 2.": {}, "git version 2.x": {}, "git version .5": {}, "git version -2.5": {},
		"git version +2.5": {}, "git version 2 .5": {}, "git version 2_0.5": {}, "git version 2.-5": {}, "git version 99999.1": {},
		"git version 2.18446744073709551616": {}, "gitx version 2.5": {}, " git version 2.5": {}, "2.45.1": {},
	} {
		if got, ok := ParseVersion(out); got != want || ok != (want != Version{}) {
			t.Errorf("%q: %v, %v", out, got, ok)
		}
	}
}
