// Package api is the HTTP side of Parley: it reads the projection, sends to cases through
// Temporal, and keeps the projection honest about them. It must not know how a case is
// run, how a payer is reached, nor what a stage does; only this package knows Echo.
package api
