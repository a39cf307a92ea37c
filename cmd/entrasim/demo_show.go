package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// The demo reads like a session in a shell: "$ " stands before commands and "# " before explanations.

// say explains. An empty line makes room.
func (d *demo) say(lines ...string) {
	for _, line := range lines {
		if line != "" {
			line = "# " + line
		}
		fmt.Fprintln(d.stdout, line)
	}
}

// showCommand shows a command before it is run.
func (d *demo) showCommand(name string, args []string) {
	fmt.Fprintf(d.stdout, "$ %s %s\n", name, strings.Join(args, " "))
}

// show shows what a command wrote to its standard output.
func (d *demo) show(stdout string) {
	fmt.Fprintf(d.stdout, "%s\n", strings.TrimSuffix(shorten(stdout), "\n"))
}

var token = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*`)

// shorten replaces tokens by their beginning, which all of them have in common, and their length.
func shorten(text string) string {
	return token.ReplaceAllStringFunc(text, func(t string) string {
		return fmt.Sprintf("%.10s…(%s characters)", t, thousands(len(t)))
	})
}

// thousands writes a number of up to six digits with its comma.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

var block = regexp.MustCompile(`<(?:h1|p)>(.*?)</(?:h1|p)>`)

// words is what a page says in its heading and its paragraphs, a sentence on a line.
func words(page string) (lines []string) {
	for _, found := range block.FindAllStringSubmatch(page, -1) {
		for sentence := range strings.SplitAfterSeq(html.UnescapeString(found[1]), ". ") {
			lines = append(lines, strings.TrimSpace(sentence))
		}
	}
	return lines
}

var lonely = regexp.MustCompile(`\{\s+("\w+": [^\s{}]+)\s+\}`)

// layOut indents JSON, objects of one field on a line. It leaves other texts as they are.
func layOut(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return lonely.ReplaceAllString(b.String(), "{ $1 }")
}

// count says what the simulator was asked since the last reset: "3 requests (token, me, manager)".
func (d *demo) count() string {
	var names []string
	times := map[string]int{}
	for _, r := range d.sim.RequestLog() {
		if r.Endpoint == "page" || r.Endpoint == "authorize" || r.Endpoint == "control" {
			continue
		}
		if times[r.Endpoint]++; times[r.Endpoint] == 1 {
			names = append(names, r.Endpoint)
		}
	}
	switch n := d.sim.Requests("*"); n {
	case 0:
		return "0 requests"
	case 1:
		return "1 request (" + names[0] + ")"
	default:
		for i, name := range names {
			if times[name] > 1 {
				names[i] = fmt.Sprintf("%d × %s", times[name], name)
			}
		}
		return fmt.Sprintf("%d requests (%s)", n, strings.Join(names, ", "))
	}
}
