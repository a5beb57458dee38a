// Package translate goes between what the domain asks and hears and what X12 says: a
// request or an inquiry becomes an interchange, and what a payer sends back becomes an
// answer, told in the domain's words.
//
// What was asked is read back from the bytes that were sent, not from anywhere else: an
// answer is judged by what the payer was really told. An answer must name the patient and
// the number it was asked by; one that does not is refused, never applied.
//
// It must not know what has been sent, how bytes travel, nor what follows from an answer.
package translate
