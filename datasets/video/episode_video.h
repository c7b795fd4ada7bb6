// A film of episodes for people: pictures with keys, mouse, instruction and verdict drawn beside them (canvas.h), as an
// H.264 4:2:0 MP4 that browsers play. Used by `atoll show` and by evaluation. One thread.
#pragma once

#include "datasets/video.h"
#include "datasets/video/canvas.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atl::video {

struct FilmOptions {
  int width_px = 0;  // of the film, shrunk from what is drawn; 0: as drawn, 672 or more
  int crf = 20;      // x264's quality: 0 without loss .. 51
};

/// For films inside a page: a quarter of the bytes.
inline constexpr FilmOptions kSmallFilm{.width_px = 480, .crf = 28};

class EpisodeVideo {
 public:
  /// One picture of the film per step of the action clock. `path` must not exist; it is created with the first picture.
  EpisodeVideo(std::filesystem::path path, double rate_hz, const FilmOptions& options = {});

  /// A new episode; several follow each other in one film. `note` is drawn small: "episode 3 of 20".
  void begin(std::string_view instruction, std::string_view note);

  /// What is asked for from the next picture on.
  void tell(std::string_view instruction) { content_.instruction = instruction; }

  /// What the player says it does, drawn below from the next picture on; empty: nothing.
  void say(std::string_view doing) { doing_ = doing; }

  /// What was seen at `step` and done in it. All pictures of a film have one size; Error(kFormat) otherwise.
  void add(ImageView picture, const Action& action, std::uint64_t step);

  /// Shows the last picture with the verdict for kVerdictTime. An episode without pictures leaves nothing.
  void end(std::string_view verdict, std::string_view reason);
  /// The same with the picture after the last action.
  void end(ImageView picture, std::string_view verdict, std::string_view reason);
  static constexpr double kVerdictTime_s = 1.5;

  /// Completes the file. Throws Error(kFormat) if no picture was added.
  void close();

  [[nodiscard]] std::uint64_t num_pictures() const { return num_pictures_; }

 private:
  void write(ImageView picture);

  std::filesystem::path path_;
  double rate_hz_;
  FilmOptions options_;
  std::optional<Canvas> canvas_;
  std::unique_ptr<datasets::VideoWriter> writer_;
  FrameSize picture_size_;
  CanvasContent content_;
  std::string doing_;
  Frame last_;  // the picture that was added last; empty before the first of an episode
  std::uint64_t num_pictures_ = 0;
};

}  // namespace atl::video
