package page

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/text"
)

// style is one with colours or without.
func style(colours bool) term.Style {
	return term.StyleOf(nil, func(name string) string {
		if name == "CLICOLOR_FORCE" && colours {
			return "1"
		}
		return ""
	})
}

const source = `# A title

A paragraph with ` + "`code`, `code of words`" + ` and **bold
words** that goes on. See [the page](https://example.com/page), [a file](file.md) or
<https://example.com>; 2 * 3 \* 4 [x].

- an item that is longer than the narrow
  terminal
  - below it

  its second paragraph
2. two

` + "```sh\nentralogin get-token --server-id 6dae42f8-4368-4678-94ff-3960e28e3630\n```" + `

## A heading
| name | what | default |
|---|---|---|
| ` + "`a-setting`" + ` | what it means, in so many words that they don't fit | ` + "`a \\| b`" + ` |
| b | short | |
`

func TestMarkdown(t *testing.T) {
	const wide = `A title
=======

A paragraph with code, "code of words" and bold words that goes on. See the page
(https://example.com/page), a file or https://example.com; 2 * 3 * 4 [x].

- an item that is longer than the narrow terminal
  - below it

    its second paragraph
2. two

  entralogin get-token --server-id 6dae42f8-4368-4678-94ff-3960e28e3630

A heading
---------
name       what                                                 default
---------  ---------------------------------------------------  -------
a-setting  what it means, in so many words that they don't fit  "a | b"
b          short
`
	const narrow = `A title
=======

A paragraph with code,
"code of words" and bold words
that goes on. See the page
(https://example.com/page), a
file or https://example.com; 2 *
3 * 4 [x].

- an item that is longer than
  the narrow terminal
  - below it

    its second paragraph
2. two

  entralogin get-token --server-id 6dae42f8-4368-4678-94ff-3960e28e3630

A heading
---------
a-setting
  what:
    what it means, in so many
    words that they don't fit
  default:
    "a | b"

b
  what:
    short
`
	for width, want := range map[int]string{80: wide, 32: narrow} {
		if got := Markdown(source, width, style(false)); got != want {
			t.Errorf("%d: got\n%s", width, got)
		}
	}
	const cells = `name       what                   default
---------  ---------------------  -------
a-setting  what it means, in so   "a | b"
           many words that they
           don't fit
b          short
`
	if got := Markdown(source, 41, style(false)); !strings.HasSuffix(got, cells) {
		t.Errorf("got\n%s", got)
	}
}

func TestMarkdownInColours(t *testing.T) {
	for in, want := range map[string]string{
		"# A title\n\nText":         "\x1b[1mA title\x1b[0m\n\nText\n",
		"`code` and `code of it`":   "\x1b[1mcode\x1b[0m and \x1b[1mcode\x1b[0m \x1b[1mof\x1b[0m \x1b[1mit\x1b[0m\n",
		"**bold words**":            "\x1b[1mbold\x1b[0m \x1b[1mwords\x1b[0m\n",
		"|a|b|\n|---|---|\n|1|`2`|": "\x1b[1ma\x1b[0m  \x1b[1mb\x1b[0m\n1  \x1b[1m2\x1b[0m\n",
		"an ` alone, ** and [":      "an ` alone, ** and [\n",
	} {
		if got := Markdown(in, 80, style(true)); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// Each page that there is can be read at each width: nothing of Markdown is left, no word is lost, and no line is
// too long but for code, a command, and a word that is longer than a line.
func TestPages(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		heads := regexp.MustCompile("(?m)^.*\\n\\|-.*$|^ *```.*$")   // a record has no name of its first cell, and code none of its language
		command := regexp.MustCompile(`^(- )?\(?"[^"]+"\)?[.,:;]?$`) // which is copied whole, and alone on its line
		for _, width := range []int{20, 40, 80, 100, 200} {
			got := Markdown(string(content), width, style(false))
			for _, raw := range []string{bold, end, hard, "\x1b", "|---", "\n# "} {
				if at := strings.Index(got, raw); at >= 0 {
					t.Errorf("%s at %d: %q in %q", file, width, raw, got[max(at-40, 0):min(at+40, len(got))])
				}
			}
			for line := range strings.Lines(got) {
				line = strings.TrimRight(line, "\n")
				if strings.Contains(line, "`") && !strings.HasPrefix(line, "  ") {
					t.Errorf("%s at %d: %q", file, width, line)
				}
				if text.Width(line) > width && !strings.HasPrefix(line, "  ") && !command.MatchString(line) && strings.Contains(strings.TrimLeft(line, "- 0123456789."), " ") {
					t.Errorf("%s: %d columns at %d: %q", file, text.Width(line), width, line)
				}
			}
			for _, word := range strings.FieldsFunc(heads.ReplaceAllString(string(content), ""), func(r rune) bool { return !text.IsAlphanumeric(r) }) {
				if !strings.Contains(got, word) {
					t.Errorf("%s at %d: %q is lost", file, width, word)
				}
			}
		}
	}
}

func TestUsage(t *testing.T) {
	const content = "A sentence that is too long for the terminal.\n\nFlags:\n" +
		"      --prompt when   when to ask for a sign-in: auto, always or never\n" +
		"  -q, --qr            draw\n" +
		"  entralogin aks      AKS with Entra ID and a lot of words behind it\n" +
		"\nExamples:\n" +
		"  entralogin kubeconfig add --aks --tenant-id contoso.example\n" +
		"  a | block of code that stays as it is, however long it is\n"
	const want = "A sentence that is too long for the terminal.\n\nFlags:\n" +
		"      --prompt when   when to ask for a sign-in:\n                      auto, always or never\n" +
		"  -q, --qr            draw\n" +
		"  entralogin aks      AKS with Entra ID and a lot of\n                      words behind it\n" +
		"\nExamples:\n" +
		"  entralogin kubeconfig add --aks --tenant-id contoso.example\n" +
		"  a | block of code that stays as it is, however long it is\n"
	if got := Usage(content, 52, style(false)); got != want {
		t.Errorf("got\n%s", got)
	}
	const narrow = "A sentence that is too long\nfor the terminal.\n\n\x1b[1mFlags:\x1b[0m\n" +
		"      --prompt when\n          when to ask for a\n          sign-in: auto,\n          always or never\n" +
		"  -q, --qr            draw\n" +
		"  entralogin aks\n      # AKS with Entra ID\n      # and a lot of words\n      # behind it\n" +
		"\n\x1b[1mExamples:\x1b[0m\n" +
		"  entralogin kubeconfig add --aks --tenant-id contoso.example\n" +
		"  a | block of code that stays as it is, however long it is\n"
	if got := Usage(content, 27, style(true)); got != narrow {
		t.Errorf("got\n%s", got)
	}
}

// FuzzMarkdown looks for a page that can't be laid out.
func FuzzMarkdown(f *testing.F) {
	f.Add(source, 80)
	f.Add("|\n|\n|a|b|c", 1)
	f.Add("```\n[x](https://x) `", 0)
	f.Fuzz(func(t *testing.T, source string, width int) { Markdown(source, width, style(true)) })
}
