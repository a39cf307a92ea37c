package entratest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// BrokerName is the name on the session bus of Microsoft's identity broker for Linux, and of others that stand in for it.
const BrokerName = "com.microsoft.identity.broker1"

const brokerPath = "/com/microsoft/identity/broker1"

// A Broker stands in for the identity broker of an enrolled machine. Its tokens are those of its Server. Microsoft
// documents nothing of it: what it takes and answers is what open clients send and read.
type Broker struct {
	server *Server
	conn   *dbus.Conn

	mu       sync.Mutex
	enrolled map[string]bool           // UPN
	tokens   map[string]string         // UPN and client -> refresh token
	cached   map[string]map[string]any // access tokens that are given again, by what was asked for
	windows  map[string]*window        // by correlation ID
	opened   chan struct{}             // closed and replaced with each new window
	mute     map[string]bool
	said     map[string]string
	calls    []BrokerCall
}

// A BrokerCall is a call of one of the broker's methods.
type BrokerCall struct {
	Method      string
	Correlation string
	Params      string // JSON
}

// window is where a person signs in.
type window struct {
	hint    string // UPN, or ""
	decided chan string
}

// The person's other decisions at a window.
const (
	windowClosed = "\x00closed"
	windowEnded  = "\x00ended" // by cancelInteractiveFlow
)

// ServeBroker puts a broker on the session bus at an address. users are enrolled: it has a session of theirs.
func (s *Server) ServeBroker(address string, users ...string) (*Broker, error) {
	conn, err := dbus.Connect(address)
	if err != nil {
		return nil, err
	}
	b := &Broker{server: s, conn: conn, enrolled: map[string]bool{}, tokens: map[string]string{}, cached: map[string]map[string]any{}, windows: map[string]*window{},
		opened: make(chan struct{}), mute: map[string]bool{}, said: map[string]string{}}
	for _, name := range users {
		b.Enroll(name)
	}
	methods := map[string]any{}
	for name, method := range b.methods() {
		methods[name] = func(protocol, correlation, params string) (string, *dbus.Error) {
			return b.serve(name, method, protocol, correlation, params)
		}
	}
	if err := conn.ExportMethodTable(methods, brokerPath, "com.microsoft.identity.Broker1"); err != nil {
		return nil, err
	}
	reply, err := conn.RequestName(BrokerName, dbus.NameFlagDoNotQueue)
	if err == nil && reply != dbus.RequestNameReplyPrimaryOwner {
		err = fmt.Errorf("somebody else is %s", BrokerName)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return b, nil
}

// Close takes the broker off the bus.
func (b *Broker) Close() { b.conn.Close() }

// Wait waits until the bus is gone.
func (b *Broker) Wait() { <-b.conn.Context().Done() }

// Enroll gives the broker a session of a user, for every client.
func (b *Broker) Enroll(name string) {
	u, ok := findUser(name)
	if !ok {
		panic("entratest: nobody is called " + name)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.enrolled[u.upn] = true
}

// Mute has the broker answer a method no more.
func (b *Broker) Mute(method string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mute[method] = true
}

// Say has the broker answer a method with the same text from now on; "" has it do as before.
func (b *Broker) Say(method, reply string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said[method] = reply
}

// Calls are the calls so far.
func (b *Broker) Calls() []BrokerCall {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls)
}

// WaitForWindow waits until the broker shows a window, and returns whom it hints at.
func (b *Broker) WaitForWindow(ctx context.Context) (hint string, err error) {
	for {
		b.mu.Lock()
		opened := b.opened
		for _, w := range b.windows {
			hint = w.hint
			b.mu.Unlock()
			return hint, nil
		}
		b.mu.Unlock()
		select {
		case <-opened:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// SignIn has a person sign in at each window that is open; "" has them close it.
func (b *Broker) SignIn(user string) {
	decision := windowClosed
	if u, ok := findUser(user); ok {
		decision = u.upn
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for correlation, w := range b.windows {
		w.decided <- decision
		delete(b.windows, correlation)
	}
}

func (b *Broker) methods() map[string]func(correlation string, o map[string]any) map[string]any {
	return map[string]func(string, map[string]any) map[string]any{
		"getAccounts":               b.getAccounts,
		"removeAccount":             b.removeAccount,
		"acquireTokenSilently":      b.acquireSilently,
		"acquireTokenInteractively": b.acquireInteractively,
		"cancelInteractiveFlow":     b.cancelFlow,
		"getLinuxBrokerVersion": func(string, map[string]any) map[string]any {
			return map[string]any{"linuxBrokerVersion": "3.0.2", "error": nil}
		},
	}
}

func (b *Broker) serve(name string, method func(string, map[string]any) map[string]any, protocol, correlation, params string) (string, *dbus.Error) {
	b.mu.Lock()
	b.calls = append(b.calls, BrokerCall{name, correlation, params})
	mute, said := b.mute[name], b.said[name]
	b.mu.Unlock()
	if mute {
		<-b.conn.Context().Done()
	}
	if said != "" {
		return said, nil
	}
	var o map[string]any
	if protocol != "0.0" || !validGUID(correlation) || json.Unmarshal([]byte(params), &o) != nil || o == nil {
		return "", dbus.MakeFailedError(fmt.Errorf("a call that no broker understands: %q, %q", protocol, correlation))
	}
	answer, err := json.Marshal(method(correlation, o))
	if err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return string(answer), nil
}

// record is an account as getAccounts has it.
func (u user) record() map[string]any {
	info, _ := json.Marshal(map[string]string{"uid": u.oid(u.home), "utid": u.home})
	return map[string]any{"clientInfo": base64.RawURLEncoding.EncodeToString(info), "passwordExpiry": 0, "environment": "login.windows.net", "givenName": u.given, "familyName": u.surname, "name": u.displayName(),
		"homeAccountId": u.oid(u.home) + "." + u.home, "localAccountId": u.oid(u.home), "realm": u.home, "username": u.upn}
}

func (b *Broker) getAccounts(_ string, o map[string]any) map[string]any {
	if fault := b.checkClient(o, o); fault != nil {
		return fault
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	accounts := []any{}
	for _, u := range users() {
		if b.enrolled[u.upn] {
			accounts = append(accounts, u.record())
		}
	}
	return map[string]any{"accounts": accounts}
}

func (b *Broker) removeAccount(_ string, o map[string]any) map[string]any {
	u, ok := findUser(str(inner(o, "account")["username"]))
	if !ok {
		return brokerFault(6, "no such account")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.enrolled, u.upn)
	maps.DeleteFunc(b.tokens, func(key, _ string) bool { return strings.HasPrefix(key, u.upn+" ") })
	maps.DeleteFunc(b.cached, func(key string, _ map[string]any) bool { return strings.HasPrefix(key, u.upn+" ") })
	return map[string]any{}
}

// checkClient wants a client with its redirect URI: Microsoft's own way, or that of the broker on Windows.
func (b *Broker) checkClient(o, of map[string]any) map[string]any {
	id := str(o["clientId"])
	if _, ok := client(id); !ok {
		return brokerFault(9, "the application %s is not known", id)
	}
	known := []string{"https://login.microsoftonline.com/common/oauth2/nativeclient", "ms-appx-web://Microsoft.AAD.BrokerPlugin/" + id}
	if !slices.Contains(known, str(of["redirectUri"])) {
		return brokerFault(9, "the redirect URI is not registered")
	}
	return nil
}

// acquireSilently gives a token of an account, out of a cache if it can, as brokers do.
func (b *Broker) acquireSilently(_ string, o map[string]any) map[string]any {
	p := inner(o, "authParameters")
	if fault := b.checkClient(p, p); fault != nil {
		return fault
	}
	account := inner(p, "account")
	if account == nil {
		account = inner(o, "account")
	}
	u, ok := findUser(str(account["username"]))
	if !ok || !strings.EqualFold(str(p["username"]), u.upn) || str(account["homeAccountId"]) != u.record()["homeAccountId"] {
		return brokerFault(2, "the account is not the caller's")
	}
	b.mu.Lock()
	enrolled := b.enrolled[u.upn]
	b.mu.Unlock()
	if !enrolled {
		return brokerFault(2, "no session of the account")
	}
	return b.issue(u, p)
}

// acquireInteractively shows a window and waits for the person.
func (b *Broker) acquireInteractively(correlation string, o map[string]any) map[string]any {
	p := inner(o, "authParameters")
	if fault := b.checkClient(p, p); fault != nil {
		return fault
	}
	w := &window{hint: str(p["username"]), decided: make(chan string, 1)}
	b.mu.Lock()
	b.windows[correlation] = w
	close(b.opened)
	b.opened = make(chan struct{})
	b.mu.Unlock()
	switch decision := <-w.decided; decision {
	case windowClosed:
		return brokerFault(7, "The InteractiveRequest was canceled by the user")
	case windowEnded:
		return brokerFault(8, "The InteractiveRequest was canceled by the application")
	default:
		u, _ := findUser(decision)
		b.mu.Lock()
		b.enrolled[u.upn] = true
		delete(b.tokens, tokenKey(u, p))
		delete(b.cached, cacheKey(u, p))
		b.mu.Unlock()
		return b.issue(u, p)
	}
}

func (b *Broker) cancelFlow(correlation string, _ map[string]any) map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.windows[correlation]; w != nil {
		w.decided <- windowEnded
		delete(b.windows, correlation)
	}
	return map[string]any{}
}

func cacheKey(u user, p map[string]any) string {
	return tokenKey(u, p) + fmt.Sprint(p["authority"], p["requestedScopes"])
}

func tokenKey(u user, p map[string]any) string {
	return u.upn + " " + strings.ToLower(str(p["clientId"]))
}

// issue gives a token of the simulated service for a user whose session the broker has.
func (b *Broker) issue(u user, p map[string]any) map[string]any {
	key := cacheKey(u, p)
	b.mu.Lock()
	cached, token := b.cached[key], b.tokens[tokenKey(u, p)]
	b.mu.Unlock()
	if cached != nil && cached["expiresOn"].(int64) > b.server.now().Add(5*time.Minute).UnixMilli() && cached["accessToken"] != p["accessTokenToRenew"] && str(p["decodedClaims"]) == "" {
		return map[string]any{"brokerTokenResponse": cached}
	}
	authority, err := url.Parse(str(p["authority"]))
	if err != nil || authority.Scheme+"://"+authority.Host != b.server.URL {
		return brokerFault(11, "the authority is not trusted")
	}
	tenant := strings.Trim(authority.Path, "/")
	scopes, _ := p["requestedScopes"].([]any)
	scope := strings.Trim(fmt.Sprint(scopes), "[]") + " openid profile offline_access"
	t := tokenRequest{tenant: tenant, client: strings.ToLower(str(p["clientId"])),
		form: url.Values{"scope": {scope}, "claims": {str(p["decodedClaims"])}, "client_info": {"1"}}}
	if token == "" {
		token = b.server.newRefreshToken(issue{user: u, client: t.client, scope: scope, family: newSecret(16)}, b.server.Settings())
	}
	t.form.Set("refresh_token", token)
	answer, refused := b.server.redeemRefreshToken(t)
	if refused != nil {
		return brokerRefusal(refused)
	}
	return b.keep(u, p, answer)
}

// keep remembers an answer of the token endpoint, and says it in the broker's words.
func (b *Broker) keep(u user, p, answer map[string]any) map[string]any {
	life := time.Duration(answer["expires_in"].(int)) * time.Second
	response := map[string]any{"accessToken": answer["access_token"], "accessTokenType": 0, "expiresOn": b.server.now().Add(life).UnixMilli(),
		"idToken": answer["id_token"], "clientInfo": answer["client_info"], "grantedScopes": answer["scope"], "account": u.record()}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cached[cacheKey(u, p)] = response
	if token := str(answer["refresh_token"]); token != "" {
		b.tokens[tokenKey(u, p)] = token
	}
	return map[string]any{"brokerTokenResponse": response}
}

// brokerFault is an error in the form of version 3.0.
func brokerFault(status int, format string, args ...any) map[string]any {
	return map[string]any{"brokerTokenResponse": map[string]any{"error": map[string]any{"context": fmt.Sprintf(format, args...),
		"diagnostics": nil, "errorCode": 0, "status": status, "subStatus": 0, "tag": 557155398}}}
}

// brokerRefusal is a refusal of the service. The broker blackens its description.
func brokerRefusal(e *OAuthError) map[string]any {
	status := 2
	if e.Error != "interaction_required" && e.Error != "invalid_grant" && e.Error != "login_required" {
		status = 0
	}
	return brokerFault(status, "Received an error from AAD. Code: '%s' description: '(pii)' correlation id: '%s' suberror: '%s'",
		e.Error, derivedGUID("broker"), e.Suberror)
}

func inner(o map[string]any, name string) map[string]any {
	in, _ := o[name].(map[string]any)
	return in
}

func str(value any) string {
	s, _ := value.(string)
	return s
}
