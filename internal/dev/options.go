package dev

import (
	"context"
	"io"
)

// Options say what to start. The zero value, but for Data, is what `parley dev` runs.
type Options struct {
	// Data is the folder for everything that must outlive a stop.
	Data string
	// DatabaseURL is an existing PostgreSQL database to use instead of a private one.
	DatabaseURL string
	// Fresh throws away what is in Data first.
	Fresh bool
	// Quick is for tests: nothing is synced to disk, and ports are far from the usual ones.
	Quick bool
	// Bin is the folder of the programs; "" means beside the running program, then PATH.
	Bin string
	// Programs run on the database, started in this order and stopped in reverse; nil
	// means Programs(), the whole product.
	Programs []Program
	// Ports wanted; 0 means the one of the last start, else the usual one. A port that
	// is taken is replaced, and said.
	Ports Ports
	// Namespace in Temporal; "" means parley.
	Namespace string
	// Hurried are further namespaces, in which every run is told to continue as new.
	Hurried []string
	// Payers is a file or folder of payer profiles laid over the built-in ones.
	Payers string
	// Seed loads the demonstration practice, once everything is ready. It is called at
	// every start and must find out itself what is there already.
	Seed func(context.Context, Env) error
	// Repository is where PostgreSQL is fetched from when none is installed.
	Repository string
	// Try is commands to try, told once everything is ready.
	Try []string
	// Out is where progress is told; nil is nowhere.
	Out io.Writer
}

// Env is where the parts of a running stack are, as they are told to each other.
type Env struct {
	DatabaseURL string
	// ServerURL is the PostgreSQL server as temporald is told it.
	ServerURL         string
	TemporalAddress   string
	TemporalNamespace string
	// Listen is the API's address, API the same as a URL.
	Listen, API string
	// WorkerListen is where the worker shows its health and figures.
	WorkerListen string
	// PayersimListen is the simulated payers' address, Payersim the same as a URL.
	PayersimListen, Payersim string
	// PayersimControl is where the simulated payers are told what to do, outages included.
	PayersimControl      string
	Data                 string
	KeysFile, SecretFile string
	// APIKeyFile is where Seed leaves the key of the demonstration practice.
	APIKeyFile string
	Payers     string

	temporalPort int
	hurried      []string
}

// Environ is what every program of the stack is told. What an empty value stands for may
// be set in parley.yaml, for a production that is not this stack.
func (e Env) Environ() []string {
	all := []string{
		"PARLEY_DATABASE_URL=" + e.DatabaseURL,
		"PARLEY_DATABASE_URL_FILE=",
		"TEMPORAL_ADDRESS=" + e.TemporalAddress,
		"TEMPORAL_NAMESPACE=" + e.TemporalNamespace,
		"TEMPORAL_API_KEY=",
		"TEMPORAL_API_KEY_FILE=",
		"TEMPORAL_TLS=false",
		"TEMPORAL_TLS_SERVER_CA_CERT_PATH=",
		"TEMPORAL_TLS_CLIENT_CERT_PATH=",
		"TEMPORAL_TLS_SERVER_NAME=",
		"PARLEY_LISTEN=" + e.Listen,
		"PARLEY_METRICS_LISTEN=",
		"PARLEY_DATA=" + e.Data,
		"PARLEY_KEYS_FILE=" + e.KeysFile,
		"PARLEY_SECRET_FILE=" + e.SecretFile,
		"PAYERSIM_URL=" + e.Payersim,
	}
	if e.Payers != "" {
		all = append(all, "PARLEY_PAYERS="+e.Payers)
	}
	return all
}
