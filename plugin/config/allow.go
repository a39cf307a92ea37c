package config

import (
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// parseList reads a list of texts.
func parseList(key string, value any) ([]string, error) {
	entries, ok := value.([]any)
	var list []string
	for _, entry := range entries {
		word, isText := entry.(string)
		if !isText || strings.TrimSpace(word) == "" || text.Clean(word) != word {
			ok = false
			break
		}
		list = append(list, word)
	}
	if !ok || len(list) == 0 {
		return nil, fmt.Errorf(`has %s that are no list of texts: %s: ["..."]`, key, key)
	}
	return list, nil
}

// parseAllowEnv reads variables with the one value that each may have.
func parseAllowEnv(value any) ([]string, error) {
	list, err := parseList(allowEnv, value)
	for _, entry := range list {
		if name, _, ok := strings.Cut(entry, "="); !ok || name == "" {
			return nil, fmt.Errorf(`has %q in %s, which is no NAME=VALUE`, text.Short(entry, 80), allowEnv)
		}
	}
	return list, err
}
