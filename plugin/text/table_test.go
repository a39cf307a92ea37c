package text

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	for name, test := range map[string]struct {
		rows  [][]string
		width int
		want  string
	}{
		"none":            {nil, 0, ""},
		"one cell":        {[][]string{{"a"}}, 0, "a\n"},
		"columns":         {[][]string{{"NAME", "ID"}, {"Ann", "1"}, {"Barbara", "22"}}, 0, "NAME     ID\nAnn      1\nBarbara  22\n"},
		"empty cells":     {[][]string{{"a", "", "c"}, {"", "bb", ""}}, 0, "a      c\n   bb\n"},
		"rows of lengths": {[][]string{{"a"}, {"b", "c", "d"}, {}, {"longer", "e"}}, 0, "a\nb       c  d\n\nlonger  e\n"},
		"East Asia":       {[][]string{{"山田", "1"}, {"Ann", "2"}, {"ｱﾝ", "3"}, {"김", "4"}}, 0, "山田  1\nAnn   2\nｱﾝ    3\n김    4\n"},
		"marks":           {[][]string{{"e\u0301", "1"}, {"ee", "2"}}, 0, "e\u0301   1\nee  2\n"},
		"emoji":           {[][]string{{"😀", "1"}, {"🇫🇷", "2"}, {"abc", "3"}}, 0, "😀   1\n🇫🇷   2\nabc  3\n"},
		"not clean":       {[][]string{{"\x1b[2Ja\u202e\nb", " c\t"}, {"x", "y"}}, 0, "[2Ja b  c\nx       y\n"},
		"cut":             {[][]string{{"Ann", "ann@contoso.com"}, {"山田", "山田太郎"}}, 11, "Ann   an...\n山田  山...\n"},
		"cut in a letter": {[][]string{{"e\u0301e\u0301e\u0301"}}, 2, "..\n"},
		"just fits":       {[][]string{{"a", "bc"}, {"山", "b"}}, 6, "a   bc\n山  b\n"},
		"one column":      {[][]string{{"abc"}, {"a"}, {"山"}}, 1, ".\na\n.\n"},
	} {
		if got := Table(test.rows, test.width); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestFit(t *testing.T) {
	rows := [][]string{{"NAME", "ID", "TOKENS"}, {"Ann", "-", "one"}, {"", "", "two"}, {"Barbara", "22", "-"}}
	const table, records = "NAME     ID  TOKENS\nAnn      -   one\n             two\nBarbara  22  -\n",
		"NAME    Ann\nTOKENS  one\nTOKENS  two\n\nNAME    Barbara\nID      22\n"
	for width, want := range map[int]string{0: table, 19: table, 18: records} {
		if got := Fit(rows, width); got != want {
			t.Errorf("%d: got\n%s", width, got)
		}
	}
}

// The first table that fits is taken, and where none does the last one as lines.
func TestFitChooses(t *testing.T) {
	all, few := [][]string{{"NAME", "ID", "OF"}, {"Ann", "12345", "all"}}, [][]string{{"NAME", "ID"}, {"Ann", "123..."}}
	for width, want := range map[int]string{0: "NAME  ID     OF\nAnn   12345  all\n", 16: "NAME  ID     OF\nAnn   12345  all\n",
		15: "NAME  ID\nAnn   123...\n", 10: "NAME\n  Ann\nID\n  123...\n"} {
		if got := Fit(all, width, few); got != want {
			t.Errorf("%d: got\n%s", width, got)
		}
	}
	long := [][]string{{"NAME", "FOR"}, {"Ann", "https://graph.microsoft.com"}}
	if got := Fit(all, 24, long); got != "NAME  ID     OF\nAnn   12345  all\n" {
		t.Errorf("got\n%s", got)
	}
	for width, want := range map[int]string{18: "NAME  FOR\nAnn   https://g...\n", 17: "NAME\n  Ann\nFOR\n  https://graph.microsoft.com\n"} {
		if got := Fit(long, width, long); got != want {
			t.Errorf("%d: got\n%s", width, got)
		}
	}
}

func TestFacts(t *testing.T) {
	rows := [][]string{{"Name", "Ann"}, {"  ID", "11111111-2222-3333-4444-555555555555"}, nil, {"Because", "one two three four five six seven"}, {"Empty", ""}}
	for width, want := range map[int]string{
		0:  "Name     Ann\n  ID     11111111-2222-3333-4444-555555555555\n\nBecause  one two three four five six seven\nEmpty\n",
		40: "Name     Ann\n  ID\n    11111111-2222-3333-4444-555555555555\n\nBecause  one two three four five six\n         seven\nEmpty\n",
		30: "Name\n  Ann\n  ID\n    11111111-2222-3333-4444-555555555555\n\nBecause\n  one two three four five six\n  seven\nEmpty\n",
	} {
		if got := Facts(rows, width); got != want {
			t.Errorf("%d: got\n%s", width, got)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add("a", "山田", 3)
	f.Add("🇫🇷🇫", "e\u0301\u0301x", 1)
	f.Add("각", "a\x1b[2J\nb\xff", 2)
	f.Fuzz(func(t *testing.T, a, b string, width int) {
		got := Table([][]string{{a, b}, {b, a}}, width)
		if strings.Count(got, "\n") != 2 || Clean(strings.ReplaceAll(got, "\n", "")) != strings.ReplaceAll(got, "\n", "") {
			t.Errorf("%q", got)
		}
		for line := range strings.Lines(got) {
			if width > 0 && Width(strings.TrimSuffix(line, "\n")) > width {
				t.Errorf("%q is wider than %d", line, width)
			}
		}
	})
}
