package entratest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// AgeTokens makes all tokens of a cache older. A process that reads them meanwhile finds a whole one.
func AgeTokens(cache string, by time.Duration) error {
	files, err := filepath.Glob(filepath.Join(cache, "tokens", "*"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no tokens are stored (%w)", err)
	}
	for _, file := range files {
		if strings.Contains(filepath.Base(file), ".tmp-") { // somebody writes it, or was killed meanwhile
			continue
		}
		blob, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var fields map[string]any
		if err := json.Unmarshal(blob, &fields); err != nil {
			return err
		}
		for _, name := range []string{"expires", "obtained"} {
			at, err := time.Parse(time.RFC3339Nano, fields[name].(string))
			if err != nil {
				return err
			}
			fields[name] = at.Add(-by)
		}
		if blob, err = json.Marshal(fields); err != nil {
			return err
		}
		made := filepath.Join(cache, filepath.Base(file)+".older")
		if err := errors.Join(os.WriteFile(made, blob, 0o600), os.Rename(made, file)); err != nil {
			return err
		}
	}
	return nil
}
