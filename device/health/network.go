package health

import (
	"context"
	"slices"
	"strings"

	"github.com/mallette-kit/mallette/device/network"
)

// NeedNetwork is that the network is as good as before.
const NeedNetwork = "network"

// up marks a kind of line that had an address.
const up = "+"

// Lines returns the kinds of line that the network program has drivers for, and
// again with a plus those that have an address: what a later start is held to.
func Lines(run string) []string {
	state, err := network.Read(run)
	if err != nil {
		return nil
	}
	var list []string
	for _, l := range state.Lines {
		list = append(list, string(l.Kind))
		if l.Leased {
			list = append(list, string(l.Kind)+up)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Network is met when every kind of line of before ([Lines]) is there again, but
// for a telephone that somebody has taken along; and when one that had an address
// then, and is connected to something now, has one again. A station that was
// carried to where there is no network is as good as before.
func Network(run string, before []string) Need {
	return Need{NeedNetwork, func(context.Context) bool {
		state, _ := network.Read(run) // without it there are no lines
		for _, kind := range before {
			kind, leased := strings.CutSuffix(kind, up)
			if kind == string(network.Tether) {
				continue
			}
			if !slices.ContainsFunc(state.Lines, func(l network.Line) bool {
				return string(l.Kind) == kind && (!leased || !l.Carrier || l.Leased)
			}) {
				return false
			}
		}
		return true
	}}
}
