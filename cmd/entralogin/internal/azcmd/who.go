package azcmd

import (
	"context"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// who settles whom a call as az means: see cli.AsAz. An assertion that has ended leaves the disk here.
func who(ctx context.Context, f *cli.Factory, call config.Call) (config.Call, cache.AzureProfile, error) {
	meant, profile, err := cli.AsAz(f, call)
	if err == nil && profile.Ended {
		if err := forgetEnded(ctx, f, call); err != nil {
			f.Err.Explain("an assertion that has ended can't be removed: " + text.Short(err.Error(), 300))
		}
	}
	return meant, profile, err
}

// forgetEnded removes assertions that have ended. Nobody waits for that longer than a moment: the next call does it, too.
func forgetEnded(ctx context.Context, f *cli.Factory, call config.Call) error {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	s, err := f.Config().Settings(call)
	if err != nil {
		return err
	}
	place, err := f.Config().Place(s.Settings)
	if err != nil {
		return err
	}
	st, err := f.CacheAt(place)
	if err != nil {
		return err
	}
	return cache.ChangeAzureProfile(ctx, st, place.Storage, func(p cache.AzureProfile) cache.AzureProfile { return p })
}
