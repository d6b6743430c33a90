// Package mint makes passes and follows them to payment: issuers and their
// keys, batches and their printed carnets, status lists, mediator cards, and
// the rule that says which validation of a pass is paid.
//
// A pass is never stored. Its serial comes from its issuer's continuous
// series, its signature from the issuer's key, and both can be made again at
// any time; what is kept is the batch (a [pass.Manifest]), what people did to
// its carnets, and what stations validated. Private keys are sealed with a key
// file outside the database ([Vault]), so that a copy of the database alone
// forges nothing.
//
// [Mint.Publish] turns what is kept into the documents that stations read.
// [Settle] is pure and may be used alone.
//
// The package speaks no SQL (fleet/store does) and never logs a serial.
package mint
