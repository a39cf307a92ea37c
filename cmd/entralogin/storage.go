package main

import (
	"context"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
)

func storageNames() string {
	var names []string
	for _, st := range cache.Storages() {
		names = append(names, string(st))
	}
	return strings.Join(names, ", ")
}

// storageOf returns the storage that is chosen, "" where none is: then the one that is in force stays.
func storageOf(s settings) (cache.Storage, error) {
	value, origin := s.get(storage)
	chosen := cache.Storage(value)
	if value != "" && !slices.Contains(cache.Storages(), chosen) {
		return "", badSetting(storage, value, origin, "is none of %s", storageNames())
	}
	return chosen, nil
}

// settle puts the chosen storage in force.
func settle(ctx context.Context, st *cache.Store, s settings) error {
	chosen, err := storageOf(s)
	if err != nil {
		return err
	}
	return st.Settle(ctx, chosen)
}
