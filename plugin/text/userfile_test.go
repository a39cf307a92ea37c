package text

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadUserFile(t *testing.T) {
	for name, test := range map[string]struct {
		data, want, what string
	}{
		"text":                 {"a: é\r\n", "a: é\r\n", ""},
		"empty":                {"", "", ""},
		"byte order mark":      {"\xef\xbb\xbfa", "a", ""},
		"1 MiB":                {strings.Repeat("a", 1<<20), strings.Repeat("a", 1<<20), ""},
		"1 MiB and 1 byte":     {strings.Repeat("a", 1<<20+1), "", "is larger than 1 MiB"},
		"UTF-16, little":       {"\xff\xfea\x00", "", "is in UTF-16; save it as UTF-8"},
		"UTF-16, big":          {"\xfe\xff\x00a", "", "is in UTF-16; save it as UTF-8"},
		"UTF-16 without a BOM": {"a\x00b\x00", "", "holds NUL bytes"},
		"Latin-1":              {"\xe9", "", "is not in UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "esc\x1b\u202e")
			if err := os.WriteFile(file, []byte(test.data), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := ReadUserFile(file)
			if string(got) != test.want {
				t.Errorf("got %.100q", got)
			}
			if test.what == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var wrong *FileError
			if !errors.As(err, &wrong) || wrong.Path != file || !strings.HasPrefix(wrong.What, test.what) {
				t.Errorf("got %v, want %q", err, test.what)
			}
			if text := err.Error(); Clean(text) != text {
				t.Errorf("raw characters: %q", text)
			}
		})
	}
}

func TestReadUserFileThatIsNotThere(t *testing.T) {
	_, err := ReadUserFile(filepath.Join(t.TempDir(), "none"))
	var wrong *FileError
	if !errors.As(err, &wrong) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
