package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// Subscriptions are those of Azure that the config file names, in their order, so that nobody has to ask for them: the
// named profile's, or else those beside the profiles. Without any, Azure Resource Manager knows.
func (s Settled) Subscriptions() []cache.Subscription {
	if of := s.File.ProfileSubscriptions[s.Named]; of != nil {
		return of
	}
	return s.File.Subscriptions
}

func parseSubscriptions(value any) ([]cache.Subscription, error) {
	list, err := parseEntries(subscriptions, "a subscription that is no list of id, name and tenant", value, parseSubscription)
	if err == nil && len(list) == 0 {
		err = errors.New("has subscriptions that are empty")
	}
	for i, one := range list {
		if slices.ContainsFunc(list[:i], func(other cache.Subscription) bool { return strings.EqualFold(other.ID, one.ID) }) {
			return nil, fmt.Errorf("has a subscription twice in subscriptions: %s", one.ID)
		}
	}
	return list, err
}

// parseSubscription wants GUIDs: what az answers with is compared with those of Azure.
func parseSubscription(fields map[string]any) (cache.Subscription, error) {
	one := cache.Subscription{State: "Enabled"}
	err := takeFields(subscriptions, fields, map[string]*string{"id": &one.ID, "name": &one.Name, "tenant": &one.Tenant})
	switch {
	case err != nil:
	case !authority.IsClientID(one.ID):
		err = fmt.Errorf("has a subscription in subscriptions whose id is no GUID: %q", text.Short(one.ID, 40))
	case !authority.IsClientID(one.Tenant):
		err = fmt.Errorf("has a subscription in subscriptions whose tenant is no GUID: %q (of %s)", text.Short(one.Tenant, 40), one.ID)
	case one.Name != text.Clean(one.Name):
		err = fmt.Errorf("has a subscription in subscriptions whose name has control or invisible characters (of %s)", one.ID)
	}
	if one.HomeTenant = one.Tenant; one.Name == "" {
		one.Name = one.ID
	}
	return one, err
}

// subscriptionWords are subscriptions as "config set" takes them: ID, tenant and name.
func subscriptionWords(list []cache.Subscription) []string {
	var words []string
	for _, one := range list {
		words = append(words, strings.TrimSuffix(one.ID+" "+one.Tenant+" "+one.Name, " "+one.ID))
	}
	return words
}

// subscriptionFields are those of the file, from words of "config set".
func subscriptionFields(words string) map[string]any {
	id, rest, _ := strings.Cut(words, " ")
	tenant, name, named := strings.Cut(rest, " ")
	fields := map[string]any{"id": id, "tenant": tenant}
	if named {
		fields["name"] = name
	}
	return fields
}
