// Package config is Parley's configuration: one struct, filled from flags, else
// environment, else parley.yaml, else defaults, and able to tell where each value came
// from. It must not know what the programs do with it, and shows no secret.
package config
