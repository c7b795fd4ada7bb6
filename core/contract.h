// `PolicyContract`: what must be equal between data, training and play. `SourceFacts`: what is true of one recording.
//
// A policy that was trained under one contract and run under another is wrong in silence; so both sides are compared
// before anything runs, and a difference is refused with both sides printed.
#pragma once

#include "core/config.h"
#include "core/frame.h"

#include <string>
#include <string_view>
#include <vector>

namespace atl {

inline constexpr int kContractVersion = 1;

struct PolicyContract {
  int version = kContractVersion;
  int frame_width_px = 96;  // what the policy sees, after crop and resize
  int frame_height_px = 72;
  std::string crop = "none";        // "none": the whole client area
  std::string resize = "box";       // the integer box filter of core/resize.h
  std::string colour = "bgr8";      // full range, gamma encoded, as captured
  double action_rate_hz = 15.0;     // steps of the action clock per second
  int actions_per_policy_step = 4;  // n: the policy is asked once per n actions
  int chunk_actions = 8;            // actions in one answer
  int delay_steps = 1;              // d: the chunk computed from the frame of step t starts at step t + d
  std::vector<std::string> controls{"w", "a", "s", "d", "e"};  // what the policy may press, in the order of its head
  std::string mouse_unit = "degrees";                          // "degrees" of view turn, or "counts"
  double mouse_max = 30.0;                                     // largest motion per step and axis in mouse_unit
  int mouse_bins = 11;                                         // odd; mu-law spaced, the middle one is exactly 0
  double mouse_mu = 10.0;                                      // mu of the mu-law (VPT, arXiv 2206.11795, appendix C)
  int wheel_max = 0;             // most detents per step, either way, and no more than input/ lets through; 0: no wheel
  std::string pointer = "none";  // "patches": the policy sets the pointer to places of its picture, for pages and menus
  int pointer_cells = 2;         // "patches": each 8x8 px patch has so many by so many places; 1, 2, 4 or 8

  [[nodiscard]] bool has_pointer() const { return pointer != "none"; }
  [[nodiscard]] FrameSize frame_size() const { return {frame_width_px, frame_height_px}; }
  friend bool operator==(const PolicyContract&, const PolicyContract&) = default;
};

void describe(ConfigVisitor& v, PolicyContract& contract);

/// One line per field that differs: "action_rate_hz: 15 (checkpoint) and 30 (world)". Empty if all are equal.
[[nodiscard]] std::vector<std::string> differences(const PolicyContract& a, std::string_view name_a,
                                                   const PolicyContract& b, std::string_view name_b);

/// Throws Error(kContract) with every difference unless the two are equal.
void require_equal(const PolicyContract& a, std::string_view name_a, const PolicyContract& b, std::string_view name_b);

/// 3: size of the window.
inline constexpr int kSourceFactsVersion = 3;

/// What is true of one recording or one world. Facts are adapted to a contract by declared, logged transforms only.
struct SourceFacts {
  int version = kSourceFactsVersion;
  std::string world;  // "playhouse", "doom", ...
  std::string world_version;
  std::string clock = "monotonic";        // "monotonic", or "world" for stepped recordings
  double action_rate_hz = 15.0;           // steps per second of the recorded action clock
  double field_of_view_deg = 0.0;         // horizontal; 0: unknown or not 3D
  double counts_per_turn = 0.0;           // mouse counts per 360 degrees; 0: unknown
  std::vector<std::string> key_bindings;  // "w=walk forward"
  std::string cursor = "hidden";          // "hidden", "drawn" or "not drawn"
  int window_width_px = 0;                // of the client area, in which pointer positions are; 0: as its pictures
  int window_height_px = 0;
  std::string codec = "none";           // of the video; "none": seed and actions only
  std::string colour_matrix = "bt709";  // of the video
  // Measured by `atoll check --sync` on the machine of the recording; all 0: not measured.
  double capture_latency_ms = 0.0;  // how much later a picture is stamped than the screen showed it
  double capture_jitter_ms = 0.0;   // by how much more it may be, for 99 of 100 pictures
  double capture_drift_ms = 0.0;    // by how much the latency moved in the course of the measurement
  double input_latency_ms = 0.0;    // from an input's stamp to the program having it
  std::string recorder_version;

  [[nodiscard]] FrameSize window() const { return {window_width_px, window_height_px}; }
};

void describe(ConfigVisitor& v, SourceFacts& facts);

}  // namespace atl
