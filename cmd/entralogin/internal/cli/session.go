package cli

import (
	"errors"
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// DescribeSession names a session to a person.
func DescribeSession(id cache.SessionID) string {
	return fmt.Sprintf("client %s at %s", text.Short(id.Client, 60), text.Short(id.Authority, 100))
}

// DescribeWhy says why an account serves a call.
func DescribeWhy(why plugin.Why, t config.Target) string {
	_, origin := t.Get(config.Account)
	tenant := plugin.DescribeTenant(t.Request.Tenant)
	return map[plugin.Why]string{
		plugin.WhyNamed:        origin + " names it",
		plugin.WhyChosenHere:   "it was chosen for " + tenant + " with entralogin account set",
		plugin.WhyChosen:       "it was chosen with entralogin account set",
		plugin.WhyOnly:         "nobody else has signed in with this client and authority",
		plugin.WhyOnlyOfTenant: "nobody else has had a token of " + tenant,
	}[why]
}

// AsAz settles whom a call as az means: flags and variables say it first, then what az login was given and what was chosen,
// then the profile and the config file. It returns the call with what counts of that, and all that is kept; Chosen is zero
// where it does not count for this call. Errors: those of config.Source.Settings and of AzureProfile.
func AsAz(f *Factory, call config.Call) (config.Call, cache.AzureProfile, error) {
	s, err := f.Config().Settings(call) // what is ignored is said where the call is settled
	if err != nil {
		return call, cache.AzureProfile{}, err
	}
	p, err := AzureProfile(f, s.Settings)
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

// AzureProfile is what az login was given and what was chosen, a zero one where there is no cache.
func AzureProfile(f *Factory, s config.Settings) (cache.AzureProfile, error) {
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
		err = &Advised{Kind: failure.Storage, What: "what az login was given can't be read any more: " + err.Error(), Err: err,
			Advice: []string{"Your turn: az login again, or az logout."}}
	}
	return p, err
}
