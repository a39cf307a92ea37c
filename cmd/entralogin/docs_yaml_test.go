package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/kube"
)

// kubeconfigExample is as much of a kubeconfig as the pages show. Fields that kubectl has not are errors.
type kubeconfigExample struct {
	APIVersion     string `json:"apiVersion"`
	Kind           string `json:"kind"`
	CurrentContext string `json:"current-context"`
	Clusters       []struct {
		Name    string `json:"name"`
		Cluster struct {
			Server     string `json:"server"`
			Extensions []struct {
				Name      string         `json:"name"`
				Extension map[string]any `json:"extension"`
			} `json:"extensions"`
		} `json:"cluster"`
	} `json:"clusters"`
	Contexts []struct {
		Name    string `json:"name"`
		Context struct {
			Cluster string `json:"cluster"`
			User    string `json:"user"`
		} `json:"context"`
	} `json:"contexts"`
	Users []struct {
		Name string `json:"name"`
		User struct {
			Exec execExample `json:"exec"`
		} `json:"user"`
	} `json:"users"`
}

type execExample struct {
	APIVersion         string   `json:"apiVersion"`
	Command            string   `json:"command"`
	Args               []string `json:"args"`
	InteractiveMode    string   `json:"interactiveMode"`
	ProvideClusterInfo bool     `json:"provideClusterInfo"`
}

// authenticationExample is as much of an API server's configuration as the pages show:
// https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/
type authenticationExample struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	JWT        []struct {
		Issuer struct {
			URL       string   `json:"url"`
			Audiences []string `json:"audiences"`
		} `json:"issuer"`
		claimMappingsExample
		UserValidationRules []struct {
			Expression string `json:"expression"`
			Message    string `json:"message"`
		} `json:"userValidationRules"`
	} `json:"jwt"`
}

type claimMappingsExample struct {
	ClaimMappings struct {
		Username claimExample  `json:"username"`
		Groups   *claimExample `json:"groups"`
		Extra    []struct {
			Key             string `json:"key"`
			ValueExpression string `json:"valueExpression"`
		} `json:"extra"`
	} `json:"claimMappings"`
}

type claimExample struct {
	Claim      string  `json:"claim"`
	Prefix     *string `json:"prefix"`
	Expression string  `json:"expression"`
}

// check says what the API server would refuse: a claim needs a prefix, and an expression excludes both.
func (c claimExample) check() error {
	if (c.Claim == "") == (c.Expression == "") || (c.Claim == "") != (c.Prefix == nil) {
		return fmt.Errorf("%+v is neither a claim with its prefix nor an expression", c)
	}
	return nil
}

func (c claimMappingsExample) check() error {
	if c.ClaimMappings.Groups != nil {
		if err := c.ClaimMappings.Groups.check(); err != nil {
			return err
		}
	}
	return c.ClaimMappings.Username.check()
}

// kubercExample is kubectl's own configuration: https://kubernetes.io/docs/reference/config-api/kuberc.v1beta1/
type kubercExample struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Policy     string `json:"credentialPluginPolicy"`
	Allowlist  []struct {
		Command string `json:"command"`
	} `json:"credentialPluginAllowlist"`
}

// TestDocsExamples holds the YAML of the pages to what kubectl, the API server and get-token take. Files of CI systems, which
// begin with their names, are run by testdata/kubectl.
func TestDocsExamples(t *testing.T) {
	kinds := map[string]int{}
	for path, text := range pages(t) {
		for _, block := range fenced.FindAllStringSubmatch(text, -1) {
			if block[1] != "yaml" || strings.HasPrefix(block[2], "# ") {
				continue
			}
			kind, err := checkExample([]byte(dedent(block[2])))
			if err != nil {
				t.Errorf("%s: %v in\n%s", path, err, block[2])
			}
			kinds[kind]++
		}
	}
	for _, kind := range []string{"kubeconfig", "AuthenticationConfiguration", "claim mappings", "Preference", "ClusterRoleBinding"} {
		if kinds[kind] == 0 {
			t.Errorf("no page has an example of a %s: %v", kind, kinds)
		}
	}
}

// dedent takes the indentation of the first line off all.
func dedent(text string) string {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	return strings.ReplaceAll("\n"+text, "\n"+indent, "\n")[1:]
}

func checkExample(text []byte) (kind string, err error) {
	var any map[string]any
	if err := yaml.UnmarshalStrict(text, &any); err != nil {
		return "", err
	}
	kind, _ = any["kind"].(string)
	switch {
	case any["users"] != nil:
		return "kubeconfig", checkKubeconfigExample(text)
	case kind == "AuthenticationConfiguration":
		var c authenticationExample
		if err := yaml.UnmarshalStrict(text, &c); err != nil {
			return kind, err
		}
		if c.APIVersion != "apiserver.config.k8s.io/v1" || len(c.JWT) != 1 || !strings.HasSuffix(c.JWT[0].Issuer.URL, "/v2.0") || len(c.JWT[0].Issuer.Audiences) != 1 {
			return kind, fmt.Errorf("%+v is not what an API server takes", c)
		}
		return kind, c.JWT[0].check()
	case any["claimMappings"] != nil:
		var c claimMappingsExample
		if err := yaml.UnmarshalStrict(text, &c); err != nil {
			return "", err
		}
		return "claim mappings", c.check()
	case kind == "Preference":
		var c kubercExample
		if err := yaml.UnmarshalStrict(text, &c); err != nil {
			return kind, err
		}
		if c.APIVersion != "kubectl.config.k8s.io/v1beta1" || c.Policy != "Allowlist" || len(c.Allowlist) != 1 || filepath.Base(c.Allowlist[0].Command) != "entralogin" {
			return kind, fmt.Errorf("%+v allows nothing of ours", c)
		}
	}
	return kind, nil
}

// checkKubeconfigExample runs args through the flags of get-token and extensions through what reads them.
func checkKubeconfigExample(text []byte) error {
	var c kubeconfigExample
	if err := yaml.UnmarshalStrict(text, &c); err != nil {
		return err
	}
	for _, u := range c.Users {
		e := u.User.Exec
		if e.APIVersion != kube.V1 || filepath.Base(e.Command) != "entralogin" || e.InteractiveMode != "IfAvailable" || !e.ProvideClusterInfo {
			return fmt.Errorf("%+v is not as kubeconfig add writes it", e)
		}
		root := commandTree()
		root.SetOut(io.Discard)
		if len(e.Args) == 0 || e.Args[0] != "get-token" {
			return fmt.Errorf("args are %q", e.Args)
		}
		if err := subcommand(root, "get-token").ParseFlags(e.Args[1:]); err != nil {
			return err
		}
	}
	for _, cluster := range c.Clusters {
		for _, e := range cluster.Cluster.Extensions {
			config, err := yaml.Marshal(e.Extension)
			if err != nil {
				return err
			}
			if config, err = yaml.YAMLToJSON(config); err != nil {
				return err
			}
			settings, err := kube.ClusterSettings(config)
			if err != nil || len(settings) != len(e.Extension) || e.Name != "client.authentication.k8s.io/exec" {
				return fmt.Errorf("the extension %s says %v: %v", e.Name, settings, err)
			}
		}
	}
	return nil
}

// TestOIDCPageNamesEveryKey holds docs/oidc.md to the keys that a cluster's configuration may have.
func TestOIDCPageNamesEveryKey(t *testing.T) {
	_, keys, _ := strings.Cut(readDoc(t, "docs/oidc.md"), "The keys are ")
	keys, _, _ = strings.Cut(keys, "They mean")
	for _, name := range kube.SettingNames() {
		if !strings.Contains(keys, "`"+name+"`") {
			t.Errorf("%s is not among the keys: %s", name, keys)
		}
	}
	if n := strings.Count(keys, "`") / 2; n != len(kube.SettingNames()) {
		t.Errorf("the page names %d keys", n)
	}
}
