package azcmd

import (
	"errors"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
)

// who settles whom a call as az means: flags and variables say it first, then what az login was given and what was chosen,
// then the profile and the config file. It returns the call with what counts of that, and all that is kept; Chosen is zero
// where it does not count for this call. Errors: those of config.Source.Settings and cache.ReadAzureProfile.
func who(f *cli.Factory, call config.Call) (config.Call, cache.AzureProfile, error) {
	s, err := f.Settings(call)
	if err != nil {
		return call, cache.AzureProfile{}, err
	}
	call.File = s.File
	p, err := keptProfile(f, s.Settings)
	if err != nil {
		return call, p, err
	}
	if l, ok := p.Current(); ok {
		if _, counts := s.AzureLoginCounts(l); !counts {
			p.Chosen = cache.AzureChoice{}
			return call, p, nil
		}
		call.Tools = config.NoTools
		call.More = append(call.More, config.AzureLayer(l))
		return call, p, nil
	}
	if !s.AzureChoiceCounts(p.Chosen) {
		p.Chosen = cache.AzureChoice{}
		return call, p, nil
	}
	call.More = append(call.More, config.AzureChoiceLayer(p.Chosen))
	return call, p, nil
}

// keptProfile is what az login was given and what was chosen, a zero one where there is no cache.
func keptProfile(f *cli.Factory, s config.Settings) (cache.AzureProfile, error) {
	place, err := f.Config().Place(s)
	if err != nil || place.Dir == "" {
		return cache.AzureProfile{}, err
	}
	st, err := f.CacheAt(place)
	if err != nil {
		return cache.AzureProfile{}, err
	}
	p, err := cache.ReadAzureProfile(st)
	if errors.Is(err, cache.ErrCorrupt) || errors.Is(err, cache.ErrKeyGone) { // of whom it was can't be told, and nobody else is meant
		err = &cli.Advised{Kind: failure.Storage, What: "what az login was given can't be read any more: " + err.Error(), Err: err,
			Advice: []string{"Your turn: az login again, or az logout."}}
	}
	return p, err
}
