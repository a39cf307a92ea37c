package entratest

import (
	"encoding/json"
	"net/http"
	"strings"
)

// VaultHost is the host of the one Key Vault that there is: it is reached through the proxy alone.
const VaultHost = "contoso.vault.azure.net"

// serveVaultSecret keeps and gives secrets, to whoever has a token of Contoso for Key Vault.
// https://learn.microsoft.com/rest/api/keyvault/secrets
func (s *Server) serveVaultSecret(w http.ResponseWriter, req *http.Request) {
	raw, _ := bearer(req)
	claims, err := s.VerifyToken(raw, "")
	aud, _ := claims["aud"].(string)
	if err != nil || strings.TrimSuffix(aud, "/") != "https://vault.azure.net" {
		w.Header().Set("WWW-Authenticate", `Bearer authorization="`+s.URL+"/"+TenantContoso+`", resource="https://vault.azure.net"`)
		writeVaultError(w, http.StatusUnauthorized, "Unauthorized", "[TokenExpired] Error validating token.")
		return
	}
	name := req.PathValue("name")
	id := "https://" + VaultHost + "/secrets/" + name
	if req.Method == http.MethodPut {
		var body struct {
			Value string `json:"value"`
		}
		if json.NewDecoder(req.Body).Decode(&body) != nil || req.Header.Get("Content-Type") != "application/json" {
			writeVaultError(w, http.StatusBadRequest, "BadParameter", "The request body is not JSON.")
			return
		}
		s.mu.Lock()
		s.vault[name] = body.Value
		s.mu.Unlock()
	}
	s.mu.Lock()
	value, ok := s.vault[name]
	if req.Method == http.MethodDelete {
		delete(s.vault, name)
	}
	s.mu.Unlock()
	switch {
	case !ok:
		writeVaultError(w, http.StatusNotFound, "SecretNotFound", "A secret with (name/id) "+name+" was not found in this key vault.")
	case req.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, map[string]any{"id": id, "value": value, "attributes": map[string]any{"enabled": true}})
	}
}

func writeVaultError(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}
