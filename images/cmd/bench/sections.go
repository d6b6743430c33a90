package main

import (
	"context"
	"fmt"
	"slices"
)

// section is figures that are measured together.
type section struct {
	title string
	needs []tool
	run   func(context.Context, *stand) ([]figure, error)
	want  []expected
}

// expected is a figure that the section must produce, and its budget.
type expected struct {
	name   string
	budget budget
}

// sections is everything that is measured.
func sections() []section {
	return []section{
		{"fleet: records at the door, beside Mosquitto + paho + the same store", []tool{mosquitto},
			benchmark{"./fleet/broker", "^(BenchmarkCommittedIngest|BenchmarkHandshake)$", 5}.run, []expected{
				{"ingest_committed", atLeastBeside(.9)},
				{"ingest_committed_cpu", atMostBeside(1.1)},
				{"mtls_handshake_cpu", atMostBeside(.6)},
			}},
		{"fleet: 500 stations with 20 in flight, the disk paused for 10 s, beside Mosquitto as installed", []tool{mosquitto},
			benchmark{"./fleet/broker", "^BenchmarkAcknowledgedAndLost$", 1}.run, []expected{
				{"acknowledged_and_lost", atMost(0)},
			}},
		{"fleet: 5,000 idle stations over mTLS, beside Mosquitto", []tool{mosquitto},
			benchmark{"./fleet/broker", "^BenchmarkIdleStations$", 1}.run, []expected{
				{"idle_station_memory", atMost(58)},
			}},
		{"fleet: the server alone", nil, fleetAlone, []expected{
			{"fleetd_ready", atMost(1000)},
			{"fleetd_idle_memory", atMost(64)},
		}},
		{"station: 300 harsh frames with a pass, beside zbar", []tool{cc, zbar},
			benchmark{"./device/scan", "^BenchmarkHarsh$", 1}.run, []expected{
				{"qr_frames_read", atLeastBeside(1.5)},
				{"qr_frames_misread", atMost(0)},
				{"qr_cpu_per_frame", budget{}},
				{"qr_cpu_per_empty_frame", budget{}},
			}},
		{"station: from a pass that is shown to its line on the page", []tool{pdftoppm}, validations, []expected{
			{"pass_shown_p50", budget{}},
			{"pass_shown_p95", atMost(1000)},
			{"pass_shown_cpu", budget{}},
			{"pass_typed_p50", budget{}},
			{"pass_typed_p95", atMost(1000)},
			{"pass_typed_cpu", budget{}},
		}},
		{"station: a sentence read aloud", []tool{espeak},
			benchmark{"./device/voice", "^BenchmarkFirstAudio$", 5}.run, []expected{
				{"first_audio_p95", atMost(300)},
			}},
		{"station: search in 5,000 pages of lessons, beside SQLite's FTS5 and beside a plain scan", nil,
			benchmark{"./device/lesson/search", "^BenchmarkFind$", 5}.run, []expected{
				{"search_5000_pages", atMostBeside(1)},
				{"search_5000_pages_scan", atMostBeside(.5)},
			}},
		{"station: all online services to practise on, as nobody has used them", nil,
			benchmark{"./device/practice", "^BenchmarkReset$", 5}.run, []expected{
				{"practice_reset", atMost(1e6)},
			}},
		{"station: drivers, an index of 2,700 modules and 400 devices", nil,
			benchmark{"./device/hotplug", "^BenchmarkFirstPass$", 5}.run, []expected{
				{"module_index_read", budget{}},
				{"devices_first_pass", budget{}},
			}},
		{"station: lessons, beside kiwix-serve with the same pages, as installed; bare: without its bar", []tool{kiwixServe, zimwriterfs}, lessons, []expected{
			{"session_first_step_p95", atMost(2000)},
			{"lesson_page_cpu", atMostBeside(.5)},
			{"lesson_pages", budget{}},
			{"lesson_memory", atMost(32)},
			{"lesson_bare_page_cpu", budget{}},
			{"home_weight", budget{}},
			{"home_scripts", atMost(12)},
		}},
		{"station: an imported ZIM, beside kiwix-serve with the same ZIM; raw: without kiwix's bar; plain: without compression",
			[]tool{kiwixServe, zimwriterfs, help}, library, []expected{
				{"book_page_cpu", atMostBeside(.5)},
				{"book_memory", atMost(32)},
				{"book_raw_page_cpu", atMostBeside(.5)},
				{"book_plain_page_cpu", budget{}},
			}},
		{"station: a session of the kiosk, with compositor and browser", []tool{cage}, benchmark{"./device/cmd/display", "^BenchmarkSession$", 1}.run, []expected{
			{"session_end_fresh_page_p50", budget{}},
			{"session_end_fresh_page_p95", atMost(5000)},
			{"session_first_page", budget{}},
			{"session_memory", budget{}},
		}},
		{"station: memory of its programs, idle for 10 s", nil, stationMemory, []expected{
			{"passreader_memory", budget{}},
			{"launcher_memory", budget{}},
			{"agent_memory", atMost(25)},
			{"station_memory", atMost(80)},
		}},
		{"appliance: the PC image built, and switched on under QEMU without KVM where there is none", []tool{qemu, ovmf}, pcImages, []expected{
			{"image_build_new_release", budget{}},
			{"image_build_again", budget{}},
			{"image_size", budget{}},
			{"image_root", atMost(1024)},
			{"image_kernel", atMost(64)},
			{"switched_on_to_home_page", budget{}},
		}},
		{"station: traffic of a month in which nothing happens, headers of packets included", nil, traffic, []expected{
			{monthIdle, atMost(5)},
			{"idle_check", atMost(1023)},
		}},
		{"update: the last two releases that were built, patches beside zstd --patch-from, chunks beside casync, full beside the root that gok ships",
			[]tool{zstd, casyncTool}, updates, []expected{
				{"update_share_of_full", atMostBeside(.15)},
				{"update_chunks", atMostBeside(1.15)},
				{"update_patches", budget{}},
				{"update_full_beside_gok", budget{}},
				{"update_make_cpu", budget{}},
				{"update_apply_patches_memory", atMost(96)},
				{"update_apply_chunks_memory", atMost(64)},
				{"update_apply_full_memory", atMost(64)},
				{"update_apply_patches_cpu", budget{}},
				{"update_apply_chunks_cpu", budget{}},
				{"update_apply_full_cpu", budget{}},
				{"station_month_with_update", budget{}},
			}},
		{"fleet: a rollout to 10,000 stations, one look", nil, benchmark{"./fleet/conductor", "^BenchmarkLook$", 1}.run, []expected{
			{"conductor_look_10000_cpu", budget{}},
			{"conductor_draft_10000_cpu", budget{}},
		}},
		{"size of the programs, stripped", nil, sizes, []expected{
			{"agent_size_amd64", atMost(16)},
			{"agent_size_arm64", atMost(16)},
		}},
	}
}

// print measures the section and prints its figures, those that were expected
// first. A figure that was expected and did not come is an error.
func (s section) print(ctx context.Context, on *stand) error {
	found, err := s.run(ctx, on)
	for _, want := range s.want {
		i := slices.IndexFunc(found, func(f figure) bool { return f.name == want.name })
		if i < 0 {
			return fmt.Errorf("%s did not come: %w", want.name, orMissing(err))
		}
		fmt.Println(found[i].line(want.budget))
		found = slices.Delete(found, i, i+1)
	}
	for _, f := range found {
		fmt.Println(f.line(budget{}))
	}
	return err
}
