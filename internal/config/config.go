package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"go.temporal.io/sdk/client"
)

// Config is what every command may be told. A name serves everywhere: the flag
// --keys-file is PARLEY_KEYS_FILE in the environment and keys-file in parley.yaml.
type Config struct {
	File string `name:"config" env:"PARLEY_CONFIG" placeholder:"FILE" help:"Configuration file (default parley.yaml, if it is there)."`

	DatabaseURL     string `env:"PARLEY_DATABASE_URL,DATABASE_URL" secret:"url" placeholder:"URL" help:"PostgreSQL database, postgres://user@host:port/name."`
	DatabaseURLFile string `env:"PARLEY_DATABASE_URL_FILE" placeholder:"FILE" help:"File that holds --database-url."`
	Listen          string `env:"PARLEY_LISTEN" default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address that the API listens on."`
	MetricsListen   string `env:"PARLEY_METRICS_LISTEN" placeholder:"ADDR" help:"Address for /metrics and health of a worker; none if empty."`
	Data            string `env:"PARLEY_DATA" default:".parley" placeholder:"DIR" help:"Folder for what Parley keeps outside the database."`
	KeysFile        string `env:"PARLEY_KEYS_FILE" placeholder:"FILE" help:"Key ring that encrypts what Temporal stores."`
	SecretFile      string `env:"PARLEY_SECRET_FILE" placeholder:"FILE" help:"Installation secret, from which case IDs are derived."`
	Payers          string `env:"PARLEY_PAYERS" placeholder:"PATH" help:"Payer profiles (file or folder) laid over the built-in ones."`
	PayersimURL     string `env:"PAYERSIM_URL" placeholder:"URL" help:"Where the simulated payers are, for the demonstration profiles."`
	LogLevel        string `env:"PARLEY_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"Least severe level that is logged (${enum})."`

	Temporal Temporal `embed:"" prefix:"temporal-"`
}

// Temporal says how to reach the Temporal service, by the names that Temporal's own
// tools use.
type Temporal struct {
	Address                    string `env:"TEMPORAL_ADDRESS" default:"127.0.0.1:7233" placeholder:"ADDR" help:"Temporal's frontend."`
	Namespace                  string `env:"TEMPORAL_NAMESPACE" default:"parley" help:"Temporal namespace."`
	APIKey                     string `env:"TEMPORAL_API_KEY" secret:"all" placeholder:"KEY" help:"API key of Temporal Cloud."`
	APIKeyFile                 string `env:"TEMPORAL_API_KEY_FILE" placeholder:"FILE" help:"File that holds --temporal-api-key."`
	TLS                        bool   `env:"TEMPORAL_TLS" help:"Use TLS towards Temporal, as any of the other TLS settings or an API key also says."`
	TLSServerCACertPath        string `env:"TEMPORAL_TLS_SERVER_CA_CERT_PATH" placeholder:"FILE" help:"Authorities that Temporal's certificate is checked against."`
	TLSClientCertPath          string `env:"TEMPORAL_TLS_CLIENT_CERT_PATH" placeholder:"FILE" help:"Client certificate."`
	TLSClientKeyPath           string `env:"TEMPORAL_TLS_CLIENT_KEY_PATH" placeholder:"FILE" help:"Key of the client certificate."`
	TLSServerName              string `env:"TEMPORAL_TLS_SERVER_NAME" placeholder:"NAME" help:"Name that Temporal's certificate must carry."`
	TLSDisableHostVerification bool   `env:"TEMPORAL_TLS_DISABLE_HOST_VERIFICATION" help:"Accept any certificate: for experiments only."`
}

// Database is the address of Parley's database, from the setting or the file it names.
func (c *Config) Database() (string, error) {
	u, err := secret("database-url", c.DatabaseURL, c.DatabaseURLFile)
	if err != nil {
		return "", err
	}
	if u == "" {
		return "", errors.New("database-url is not set: use --database-url, PARLEY_DATABASE_URL or database-url in parley.yaml")
	}
	return u, nil
}

// Options are the options of a Temporal client for this configuration; the caller adds
// its data converter, logger and interceptors.
func (t *Temporal) Options() (client.Options, error) {
	o := client.Options{HostPort: t.Address, Namespace: t.Namespace}
	key, err := secret("temporal-api-key", t.APIKey, t.APIKeyFile)
	if err != nil {
		return o, err
	}
	if key != "" {
		o.Credentials = client.NewAPIKeyStaticCredentials(key)
	}
	o.ConnectionOptions.TLS, err = t.tls(key != "")
	return o, err
}

func (t *Temporal) tls(needed bool) (*tls.Config, error) {
	needed = needed || t.TLS || t.TLSServerCACertPath != "" || t.TLSClientCertPath != "" || t.TLSServerName != ""
	if !needed {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.TLSServerName, InsecureSkipVerify: t.TLSDisableHostVerification}
	if t.TLSServerCACertPath != "" {
		pem, err := os.ReadFile(t.TLSServerCACertPath)
		if err != nil {
			return nil, fmt.Errorf("temporal-tls-server-ca-cert-path: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("temporal-tls-server-ca-cert-path: %s holds no certificate", t.TLSServerCACertPath)
		}
	}
	if t.TLSClientCertPath != "" {
		cert, err := tls.LoadX509KeyPair(t.TLSClientCertPath, t.TLSClientKeyPath)
		if err != nil {
			return nil, fmt.Errorf("temporal-tls-client-cert-path: %w", err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

// secret is a value given directly or in a file, whose surrounding white space is not
// part of it. Both is a mistake: nobody could say which is meant.
func secret(name, value, file string) (string, error) {
	if file == "" {
		return value, nil
	}
	if value != "" {
		return "", fmt.Errorf("%s and %s-file are both set", name, name)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s-file: %w", name, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// mask is a value as it may be shown: of a URL the password is hidden, any other secret
// altogether. What cannot be read as a URL may hold a password anywhere.
func mask(kind, value string) string {
	if value == "" || kind == "" {
		return value
	}
	if kind == "url" {
		if u, err := url.Parse(value); err == nil && u.Host != "" {
			if u.Query().Has("password") {
				return u.Scheme + "://" + u.Host + u.Path + "?xxxxx"
			}
			return u.Redacted()
		}
	}
	return "xxxxx"
}
