package kubeconfig

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"unicode/utf8"

	goyaml "go.yaml.in/yaml/v2"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/text"
	"github.com/entralogin/entralogin/plugin/yamltext"
)

// Edited is what a change makes of the text of a kubeconfig file.
type Edited struct {
	Text   []byte
	Notes  []string // what could not be kept
	Change Change   // what of the change was not so before

	before, after meaning
}

// Edit makes the change c in the text of a kubeconfig file; an empty text becomes a new file. A user entry
// that exists loses its credentials and keeps its other fields, such as extensions.
//
// The entries are spliced in as text, so that the rest keeps its bytes. That is then proven twice: the new text has to
// mean what the old one means, unknown fields included, and clientcmd has to read in it what it reads in the old one,
// each time with the change made and nothing else. Where no splice can be proven (JSON, YAML in flow style, aliases) the
// whole file is written anew, and a note says what that loses. Where that can't be proven either nothing is edited.
// Errors are *Error without a path.
func Edit(text []byte, c Change) (Edited, error) { return File{Text: text}.Edit(c) }

// Edit is the function of that name, for a file that was loaded.
func (f File) Edit(c Change) (Edited, error) {
	const mark = "\ufeff" // of the byte order, which editors of Windows put before a text, and which YAML passes over
	if rest, marked := bytes.CutPrefix(f.Text, []byte(mark)); marked {
		f.Text = rest
		e, err := f.Edit(c)
		if e.Text != nil {
			e.Text = append([]byte(mark), e.Text...)
		}
		return e, err
	}
	f, err := f.parse()
	if err != nil {
		return Edited{}, err
	}
	text, old := f.Text, f.meaning
	want, err := c.apply(old)
	if err != nil {
		return Edited{}, err
	}
	e := Edited{Text: text, Change: c.without(old, want), before: old, after: want}
	if e.Change.empty() {
		return e, nil
	}
	proven := func(text []byte) bool { return means(text, want) && f.reads(text, e.Change, want) }
	d := newDocument(text)
	if d.change(e.Change, old, want) && proven(d.Text()) {
		if e.Text = d.Text(); d.lost {
			e.Notes = append(e.Notes, "the comments inside the replaced entry could not be kept")
		}
		return e, nil
	}
	if e.Text = write(text, want); !proven(e.Text) {
		return Edited{}, errRisky
	}
	if !bytes.Equal(write(text, old), text) {
		what := "its layout and its comments could not be kept"
		if json.Valid(text) {
			what = "its layout could not be kept"
		}
		e.Notes = append(e.Notes, "the whole file was written anew, since it is not laid out as kubectl does it: "+what)
	}
	return e, nil
}

var errRisky = &Error{What: "can't be edited without a risk for what else stands in it"}

// parse reads the file, unless it was loaded. It takes only what kubectl takes, and refuses what kubectl takes in silence
// though it can't be meant: a key that stands twice, a text behind the end of the document.
func (f File) parse() (read File, err error) {
	text := f.Text
	switch {
	case len(text) > maxFile:
		return f, &Error{What: "is larger than 16 MiB"}
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return f, &Error{What: "is not in UTF-8"}
	}
	if f.config == nil {
		if f, err = readFile(text); err != nil {
			return f, cmp.Or(f.strict, err)
		}
	}
	switch {
	case f.strict != nil:
		return f, f.strict
	case !yamltext.Whole(text):
		return f, &Error{What: "goes on behind the end of its first YAML document, where kubectl doesn't read"}
	case !f.meaning.looksRight():
		return f, &Error{What: "is no kubeconfig: it has neither a kind nor contexts, clusters or users"}
	}
	return f, nil
}

// strictJSON is the text as JSON. A key that stands twice in one mapping is an error. One that overrides a merged key
// (<<) is none, though the YAML package takes it for one.
func strictJSON(text []byte) ([]byte, error) {
	blob, err := yaml.YAMLToJSONStrict(text)
	if err == nil || !bytes.Contains(text, []byte("<<")) {
		return blob, err
	}
	var top goyaml.MapSlice // has no merged keys
	if goyaml.Unmarshal(text, &top) != nil || hasTwice(top) {
		return nil, err
	}
	return yaml.YAMLToJSON(text)
}

// hasTwice reports whether a key stands twice in one mapping.
func hasTwice(value any) bool {
	switch value := value.(type) {
	case []any:
		return slices.ContainsFunc(value, hasTwice)
	case goyaml.MapSlice:
		seen := map[string]bool{}
		return slices.ContainsFunc(value, func(item goyaml.MapItem) bool {
			key := fmt.Sprintf("%T %v", item.Key, item.Key)
			twice := seen[key]
			seen[key] = true
			return twice || hasTwice(item.Value)
		})
	}
	return false
}

// means is the first proof: the text says what is wanted and nothing else.
func means(text []byte, want meaning) bool {
	got, err := strictJSON(text)
	if err != nil || len(text) > maxFile || !yamltext.Whole(text) {
		return false
	}
	blob, err := want.json()
	return err == nil && bytes.Equal(got, blob)
}

// reads is the second proof: clientcmd reads in text what it reads in f, with the change c made, after which f is to mean
// want.
func (f File) reads(text []byte, c Change, want meaning) bool {
	blob, err := want.only(c)
	if err != nil {
		return false
	}
	changed, err := clientcmd.Load(blob)
	now, other := clientcmd.Load(text)
	was := f.config
	return err == nil && other == nil && now.CurrentContext == cmp.Or(c.Current, was.CurrentContext) && reflect.DeepEqual(now.Extensions, was.Extensions) &&
		sameEntries(was.Clusters, changed.Clusters, now.Clusters) && sameEntries(was.Contexts, changed.Contexts, now.Contexts) &&
		sameEntries(was.AuthInfos, changed.AuthInfos, now.AuthInfos)
}

// sameEntries reports whether now holds the entries of before, but for those of changed, which take the place of others
// or are added.
func sameEntries[T any](before, changed, now map[string]*T) bool {
	want := map[string]*T{}
	maps.Copy(want, before)
	maps.Copy(want, changed)
	return maps.EqualFunc(want, now, func(a, b *T) bool { return reflect.DeepEqual(a, b) })
}

// write writes a whole file, as JSON if it was JSON.
func write(before []byte, m meaning) []byte {
	blob, err := m.json()
	if err != nil {
		return nil
	}
	top, err := generic(blob)
	if err != nil {
		return nil
	}
	if len(top) > 0 && json.Valid(before) {
		whole, err := text.JSON(top, "  ")
		if err != nil {
			return nil
		}
		return whole
	}
	if bytes.Contains(before, []byte("!!")) {
		return nil // a tag such as !!binary can hold what JSON can't
	}
	edited, err := yaml.Marshal(top)
	if err != nil {
		return nil
	}
	return edited
}
