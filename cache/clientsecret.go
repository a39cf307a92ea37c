package cache

import (
	"errors"
	"strings"

	"github.com/zalando/go-keyring"
)

// clientSecretService is what the secrets of applications go by in the keyring. They are the person's, who can see, change
// and remove them with the desktop's own program, and no key of this store.
const clientSecretService = "entralogin-client-secret"

// ClientSecretEntry is under which service and account the keyring has the secret of an application.
func ClientSecretEntry(id SessionID) (service, account string) {
	return clientSecretService, strings.ToLower(id.Authority + "/" + id.Client)
}

// ClientSecret is the secret of an application, from the keyring. Errors: ErrNone, *StorageError.
func ClientSecret(id SessionID) (Secret, error) {
	text, err := askKeyring(func() (string, error) { return keyring.Get(ClientSecretEntry(id)) })
	return NewSecret(text), noneFor(err)
}

// KeepClientSecret puts it there. Errors: *StorageError.
func KeepClientSecret(id SessionID, secret Secret) error {
	service, account := ClientSecretEntry(id)
	_, err := askKeyring(func() (string, error) { return "", keyring.Set(service, account, secret.Reveal()) })
	return err
}

// RemoveClientSecret takes it out. Errors: ErrNone, *StorageError.
func RemoveClientSecret(id SessionID) error {
	_, err := askKeyring(func() (string, error) { return "", keyring.Delete(ClientSecretEntry(id)) })
	return noneFor(err)
}

func noneFor(err error) error {
	if errors.Is(err, keyring.ErrNotFound) {
		return ErrNone
	}
	return err
}
