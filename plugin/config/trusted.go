package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/entralogin/entralogin/plugin/authority"
)

func parseAuthorities(value any) ([]Trusted, error) {
	entries, ok := value.([]any)
	if !ok {
		return nil, errors.New("has authorities that are no list")
	}
	var list []Trusted
	for _, entry := range entries {
		fields, ok := entry.(map[string]any)
		if !ok {
			return nil, errors.New("has an authority that is no list of host, ca-file and graph")
		}
		parsed, err := parseAuthority(fields)
		if err != nil {
			return nil, err
		}
		list = append(list, parsed)
	}
	return list, nil
}

func parseAuthority(fields map[string]any) (Trusted, error) {
	var a Trusted
	known := map[string]*string{"host": &a.Host, "ca-file": &a.CAFile, "graph": &a.Graph}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if known[key] == nil {
			return a, fmt.Errorf("has an unknown setting in authorities: %s", unknownName(key, slices.Sorted(maps.Keys(known))))
		}
		text, err := textOf(key, fields[key])
		if err != nil {
			return a, err
		}
		*known[key] = text
	}
	if kind := authority.Unsupported(a.Host); kind != "" {
		return a, fmt.Errorf("names an authority that is %s, which entralogin does not support", kind)
	}
	host, err := authority.OriginHost(a.Host)
	if err != nil {
		return a, fmt.Errorf("names an authority whose host %w", err)
	}
	a.Host = host
	if a.Graph == "" {
		return a, nil
	}
	if host, err = authority.OriginHost(a.Graph); err != nil {
		return a, fmt.Errorf("names an authority whose graph %w", err)
	}
	a.Graph = "https://" + host
	return a, nil
}
