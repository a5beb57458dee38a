// Package bench is what every bench of Parley shares: figures, what they must be, and the
// one line of JSON that says whether it was held. It must not know what is measured.
//
// A bench compares: it does two things turn about, in one run, on one machine, and its
// musts are on ratios, which hold on a slow or busy machine as on any other.
package bench
