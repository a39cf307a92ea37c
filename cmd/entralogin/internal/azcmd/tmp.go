package azcmd

import (
	"encoding/json"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

func answer(f *cli.Factory, common *commonFlags, value any) error {
	blob, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return f.Answer(append(blob, '\n'))
}
