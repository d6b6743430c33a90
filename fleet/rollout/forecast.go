package rollout

import "time"

// Forecast is what a wave would be.
type Forecast struct {
	Stations int
	Kits     int       // stations without a kit count as one each
	Already  int       // run the release
	Opens    time.Time // at the earliest
	Asked    time.Time // when the last of them would be asked, at the earliest
}

// Forecast says for each wave how large it is and when it may open if nothing
// fails and every station is there.
func (r *Rollout) Forecast(now time.Time) []Forecast {
	all := make([]Forecast, len(r.Plan.Waves))
	opens := now
	for i, w := range r.Plan.Waves {
		f := Forecast{Opens: opens, Asked: opens}
		members := r.wave(i)
		for j, m := range members {
			f.Stations++
			if m.Outcome == Healthy {
				f.Already++
			}
			if j == 0 || m.Kit == "" || m.Kit != members[j-1].Kit {
				f.Kits++
			}
		}
		if w.PerHour > 0 && f.Stations > 1 {
			f.Asked = opens.Add(time.Duration(f.Stations-1) * time.Hour / time.Duration(w.PerHour))
		}
		all[i] = f
		if f.Stations > 0 {
			opens = f.Asked.Add(r.Plan.Soak)
		}
	}
	return all
}
