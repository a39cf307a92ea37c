package entratest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestControl(t *testing.T) {
	s := newServer(t)
	send := func(path, body string) int {
		t.Helper()
		resp, err := s.Client().Post(s.URL+"/.sim/"+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		status, _ := read(t, resp)
		return status
	}
	code := begin(t, s, everything)
	if _, list := get(t, s.Client(), s.URL+"/.sim/codes", ""); list["codes"].([]any)[0] != code["user_code"] {
		t.Errorf("codes are %v", list)
	}
	if status := send("approve?user=alice&code="+code["user_code"].(string), ""); status != 200 {
		t.Fatalf("approve: %d", status)
	}
	status, tokens := poll(t, s, code, rfcGrant)
	if status != http.StatusOK {
		t.Fatalf("answer is %d %v", status, tokens)
	}
	if status := send("settings", `{"interval":"1s","rotate-strict":true,"TokenLife":"10m"}`); status != 200 {
		t.Errorf("settings: %d", status)
	}
	if o := s.Settings(); o.Interval != time.Second || !o.RotateStrict || o.TokenLife != 10*time.Minute || o.CodeLife != 15*time.Minute {
		t.Errorf("settings are %+v", o)
	}
	if status := send("fault", `{"endpoint":"token","times":1,"status":429,"retry_after":"1","delay":"1ms"}`); status != 200 {
		t.Errorf("fault: %d", status)
	}
	if status, _ := renew(t, s, "common", tokens["refresh_token"].(string), everything); status != 429 {
		t.Errorf("refresh: %d", status)
	}
	send("revoke?user=alice", "")
	status, body := renew(t, s, "common", tokens["refresh_token"].(string), everything)
	wantError(t, status, body, "invalid_grant", 50173)
	if status := send("auto?decline=true&after=0s", ""); status != 200 {
		t.Errorf("auto: %d", status)
	}
	status, body = poll(t, s, begin(t, s, "User.Read"), rfcGrant)
	wantError(t, status, body, "authorization_declined", 0)
	if status := send("claims?require="+url.QueryEscape(`{"access_token":{"acrs":{"value":"c1"}}}`), ""); status != 200 {
		t.Errorf("claims: %d", status)
	}
	if _, list := get(t, s.Client(), s.URL+"/.sim/requests", ""); list["counts"].(map[string]any)["devicecode"] != 2.0 {
		t.Errorf("counts are %v", list["counts"])
	}
	if status := send("groups?user=alice&group=ops", ""); status != 200 {
		t.Errorf("groups: %d", status)
	}
	for _, bad := range [][2]string{
		{"approve?user=nobody", ""}, {"approve?user=alice&code=WRONG", ""}, {"decline", ""}, {"auto?user=nobody", ""}, {"auto?user=alice&after=soon", ""},
		{"fault", ""}, {"fault", "[]"}, {"fault", "null"}, {"fault", `{"status":503}`}, {"fault", `{"endpoint":"token","rewrite":{}}`}, {"fault", `{"endpoint":"token","status":"x"}`},
		{"settings", `{"nonsense":1}`}, {"settings", `{"interval":5}`}, {"settings", `{"interval":"five"}`}, {"claims?require=x", ""}, {"groups?user=nobody", ""},
	} {
		if status := send(bad[0], bad[1]); status != http.StatusBadRequest {
			t.Errorf("%s %s: %d", bad[0], bad[1], status)
		}
	}
}
