package slot

// Choice is what the loader starts.
type Choice struct {
	Slot  ID
	Trial int // which try of a slot on trial this is, from 1; 0 when it is not on trial
	Then  ID  // started, uncounted, when the slot's container cannot be loaded
}

// Choose is the loader's decision, which images/boot's grub.cfg must equal, and
// the variables as it saves them before it starts the slot:
//
//  1. The preferred slot, then the other one, if it is valid and has tries
//     left: it loses one.
//  2. Both exhausted: the last good one, then at the next start the other one,
//     then the last good one again; nothing is counted. A slot that is not valid
//     or has a recorded failure is passed over while the other is better.
//
// A block that cannot be read, nor its spare, is [ChooseBlind].
func (e Env) Choose() (Choice, Env) {
	for _, id := range []ID{e.Preferred, e.Preferred.Other()} {
		if s := e.State(id); s.Valid && s.Tries > 0 {
			c := Choice{Slot: id, Trial: e.try(id), Then: id.Other()}
			s.Tries--
			return c, e.with(id, s)
		}
	}
	good := e.Good
	if !good.Valid() {
		good = A
	}
	return e.desperate(good)
}

func (e Env) try(id ID) int {
	if e.Trial != id {
		return 0
	}
	return MaxTries + 1 - e.State(id).Tries
}

func (e Env) desperate(good ID) (Choice, Env) {
	first, other := e.worth(good), e.worth(good.Other())
	id := good
	if other > first || (other == first && e.Desperate) {
		id = good.Other()
	}
	e.Desperate = id == good
	return Choice{Slot: id, Then: id.Other()}, e
}

// worth is 2 for a slot of which nothing bad is known, 1 for one that failed, 0
// for one that is half written.
func (e Env) worth(id ID) int {
	switch s := e.State(id); {
	case !s.Valid:
		return 0
	case s.Failed != "":
		return 1
	}
	return 2
}

// ChooseBlind is the loader's decision when it remembers nothing: A, and B when
// A cannot be loaded.
func ChooseBlind() Choice { return Choice{Slot: A, Then: B} }
