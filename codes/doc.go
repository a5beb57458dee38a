// Package codes holds the code lists of health care transactions, dated, with short
// words of our own where others own the text, and the forms and check digits of
// identifiers.
//
// It is for telling people what a code means and for telling whether a code can be
// right. A list says whether it is complete: absence from a partial list proves
// nothing. CPT texts are never here; operators bring their licences.
//
// The package must not know transactions, payers or cases.
package codes
