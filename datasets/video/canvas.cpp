#include "datasets/video/canvas.h"

#include "core/error.h"
#include "datasets/video/keyboard_layout.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace atl::video {
namespace {

constexpr int kLeastWidthPx = 672;
constexpr int kMarginPx = 14;
constexpr int kHeaderPx = 44;
constexpr int kPanelPx = 190;
constexpr int kFont = cv::FONT_HERSHEY_DUPLEX;

// B, G, R, A.
const cv::Scalar kGround(34, 28, 24, 255);
const cv::Scalar kRaised(56, 48, 42, 255);
const cv::Scalar kEdge(82, 72, 64, 255);
const cv::Scalar kDim(150, 140, 130, 255);
const cv::Scalar kBright(245, 240, 236, 255);
const cv::Scalar kHeld(84, 196, 250, 255);     // amber: down at the end of the step
const cv::Scalar kTapped(120, 150, 200, 255);  // pressed inside the step, up again
const cv::Scalar kGood(120, 200, 80, 255);
const cv::Scalar kBad(90, 90, 235, 255);

std::string ascii(std::string_view text) {
  std::string out;
  for (const char c : text) {
    // One '?' for a UTF-8 sequence: its first byte, not those that follow.
    if (static_cast<unsigned char>(c) < 0x80)
      out += c >= ' ' ? c : ' ';
    else if ((static_cast<unsigned char>(c) & 0x40) != 0)
      out += '?';
  }
  return out;
}

int text_width(const std::string& text, double scale) {
  int baseline = 0;
  return cv::getTextSize(text, kFont, scale, 1, &baseline).width;
}

// Shortened to `width` px with two points at its end.
std::string fitted(std::string_view text, double scale, int width) {
  std::string line = ascii(text);
  if (text_width(line, scale) <= width) return line;
  while (!line.empty() && text_width(line + "..", scale) > width) line.pop_back();
  return line + "..";
}

enum class Align { kLeft, kCentre, kRight };

// `at`: the left end, centre or right end of the base line.
void put_text(cv::Mat& image, const std::string& text, cv::Point at, double scale, const cv::Scalar& colour,
              Align align = Align::kLeft) {
  if (align != Align::kLeft) at.x -= text_width(text, scale) / (align == Align::kCentre ? 2 : 1);
  cv::putText(image, text, at, kFont, scale, colour, 1, cv::LINE_AA);
}

void fill_rounded(cv::Mat& image, cv::Rect box, int radius, const cv::Scalar& colour) {
  radius = std::min({radius, box.width / 2, box.height / 2});
  cv::rectangle(image, cv::Rect(box.x + radius, box.y, box.width - 2 * radius, box.height), colour, cv::FILLED);
  cv::rectangle(image, cv::Rect(box.x, box.y + radius, box.width, box.height - 2 * radius), colour, cv::FILLED);
  for (const int x : {box.x + radius, box.x + box.width - 1 - radius}) {
    for (const int y : {box.y + radius, box.y + box.height - 1 - radius})
      cv::circle(image, {x, y}, radius, colour, cv::FILLED, cv::LINE_AA);
  }
}

const cv::Scalar& colour_of(const Action& action, Control control, const cv::Scalar& idle) {
  if (action.is_held(control)) return kHeld;
  return action.num_presses(control) > 0 ? kTapped : idle;
}

void draw_keyboard(cv::Mat& image, cv::Rect box, const Action& action) {
  const double unit = std::min(box.width / kKeyboardWidth, box.height / kKeyboardHeight);
  for (const KeyCap& cap : keyboard_layout()) {
    const Control control = control_named(cap.control);
    const auto px = [&](double units) { return static_cast<int>(std::lround(units * unit)); };
    const cv::Rect key(box.x + px(cap.x), box.y + px(cap.y), px(cap.x + cap.width) - px(cap.x) - 2, px(1.0) - 2);
    const cv::Scalar& colour = colour_of(action, control, kRaised);
    const bool is_lit = &colour != &kRaised;
    fill_rounded(image, key, 3, colour);
    const double scale = (cap.label.size() > 1 ? 0.0125 : 0.0185) * unit;
    put_text(image, std::string(cap.label), {key.x + key.width / 2, key.y + key.height / 2 + px(0.16)}, scale,
             is_lit ? kGround : kDim, Align::kCentre);
  }
}

void draw_mouse_body(cv::Mat& image, cv::Rect box, const Action& action) {
  fill_rounded(image, box, box.width / 2, kRaised);
  const int half = box.width / 2;
  const int button_height = box.height * 2 / 5;
  const auto draw_button = [&](const char* name, cv::Rect button) {
    const cv::Scalar& colour = colour_of(action, control_named(name), kRaised);
    if (&colour == &kRaised) return;
    const cv::Mat before = image(button).clone();
    fill_rounded(image, box, half, colour);
    // Only the button's own part of the body.
    const cv::Mat lit = image(button).clone();
    fill_rounded(image, box, half, kRaised);
    lit.copyTo(image(button));
  };
  draw_button("mouse_left", {box.x, box.y, half, button_height});
  draw_button("mouse_right", {box.x + half, box.y, box.width - half, button_height});
  cv::line(image, {box.x + half, box.y + 2}, {box.x + half, box.y + button_height}, kGround, 2);
  cv::line(image, {box.x + 1, box.y + button_height}, {box.x + box.width - 2, box.y + button_height}, kGround, 2);
  const cv::Rect wheel(box.x + half - 4, box.y + button_height / 3, 8, button_height / 2);
  fill_rounded(image, wheel, 2, action.wheel != 0 ? kHeld : colour_of(action, control_named("mouse_middle"), kEdge));
  const cv::Rect side(box.x - 3, box.y + button_height + 8, 6, 14);
  fill_rounded(image, side, 2, colour_of(action, control_named("mouse_side"), kEdge));
  fill_rounded(image, {side.x, side.y + 18, 6, 14}, 2, colour_of(action, control_named("mouse_extra"), kEdge));
}

// The motion of the step as an arrow; its length grows with the logarithm, so that small turns are seen too.
void draw_motion(cv::Mat& image, cv::Point centre, int radius, const Action& action) {
  cv::circle(image, centre, radius, kRaised, cv::FILLED, cv::LINE_AA);
  cv::circle(image, centre, radius, kEdge, 1, cv::LINE_AA);
  const double length = std::hypot(action.dx, action.dy);
  if (length == 0.0) {
    cv::circle(image, centre, 3, kEdge, cv::FILLED, cv::LINE_AA);
    return;
  }
  const double drawn = radius * std::clamp(std::log1p(length) / std::log(500.0), 0.2, 0.95);
  const cv::Point tip(centre.x + static_cast<int>(std::lround(drawn * action.dx / length)),
                      centre.y + static_cast<int>(std::lround(drawn * action.dy / length)));
  cv::arrowedLine(image, centre, tip, kHeld, 3, cv::LINE_AA, 0, 0.3);
}

}  // namespace

struct Canvas::State {
  FrameSize picture;
  int scale = 1;
  cv::Mat image;
  cv::Mat shrunk;  // empty: the film is `image` as it is
  cv::Rect picture_box;

  void draw_picture(ImageView source);
  void draw_pointer(const Action& action);
  void draw_header(const CanvasContent& content);
  void draw_panel(const CanvasContent& content);
  void draw_verdict(const CanvasContent& content);
};

Canvas::Canvas(FrameSize picture, int width_px) : state_(std::make_unique<State>()) {
  ATOLL_CHECK(picture.width_px >= 8 && picture.height_px >= 8, "film of {}x{} px pictures, expected at least 8x8",
              picture.width_px, picture.height_px);
  State& s = *state_;
  s.picture = picture;
  s.scale = std::max(1, kLeastWidthPx / picture.width_px);
  const int width = (std::max(kLeastWidthPx, picture.width_px * s.scale) + 1) / 2 * 2;
  const int height = (kHeaderPx + picture.height_px * s.scale + kPanelPx + 1) / 2 * 2;
  s.image.create(height, width, CV_8UC4);
  s.picture_box = cv::Rect((width - picture.width_px * s.scale) / 2, kHeaderPx, picture.width_px * s.scale,
                           picture.height_px * s.scale);
  if (width_px <= 0 || width_px >= width) return;
  const auto even = [](int length) { return (length + 1) / 2 * 2; };
  s.shrunk.create(even(height * width_px / width), even(width_px), CV_8UC4);
}

Canvas::~Canvas() = default;

FrameSize Canvas::size() const {
  const cv::Mat& film = state_->shrunk.empty() ? state_->image : state_->shrunk;
  return {film.cols, film.rows};
}
int Canvas::scale() const { return state_->scale; }

ImageView Canvas::draw(ImageView picture, const CanvasContent& content) {
  State& s = *state_;
  ATOLL_CHECK(picture.size() == s.picture, "picture of {}x{} px for a film of {}x{}", picture.width_px,
              picture.height_px, s.picture.width_px, s.picture.height_px);
  s.image.setTo(kGround);
  s.draw_picture(picture);
  s.draw_pointer(content.action);
  s.draw_header(content);
  s.draw_panel(content);
  if (!content.verdict.empty() && content.verdict != "running") s.draw_verdict(content);
  if (!s.shrunk.empty()) cv::resize(s.image, s.shrunk, s.shrunk.size(), 0, 0, cv::INTER_AREA);
  const cv::Mat& film = s.shrunk.empty() ? s.image : s.shrunk;
  return {film.data, film.cols, film.rows, static_cast<std::ptrdiff_t>(film.step)};
}

void Canvas::State::draw_picture(ImageView source) {
  const cv::Mat pixels(source.height_px, source.width_px, CV_8UC4, const_cast<std::uint8_t*>(source.data),
                       static_cast<std::size_t>(source.stride_bytes));
  cv::Mat target = image(picture_box);
  cv::resize(pixels, target, target.size(), 0, 0, cv::INTER_NEAREST);
}

// In px of the window's client area, which the picture shows whole.
void Canvas::State::draw_pointer(const Action& action) {
  if (!action.pointer) return;
  const cv::Point at(picture_box.x + action.pointer->x_px * scale + scale / 2,
                     picture_box.y + action.pointer->y_px * scale + scale / 2);
  if (!picture_box.contains(at)) return;
  cv::circle(image, at, 9, kGround, 4, cv::LINE_AA);
  cv::circle(image, at, 9, kHeld, 2, cv::LINE_AA);
}

void Canvas::State::draw_header(const CanvasContent& content) {
  const int base = kHeaderPx - 15;
  const std::string note = fitted(content.note, 0.5, image.cols / 3);
  put_text(image, note, {image.cols - kMarginPx, base}, 0.5, kDim, Align::kRight);
  const int room = image.cols - 3 * kMarginPx - text_width(note, 0.5);
  const bool is_blank = content.instruction.empty();
  put_text(image, is_blank ? "(no instruction)" : fitted(content.instruction, 0.75, room), {kMarginPx, base}, 0.75,
           is_blank ? kDim : kBright);
}

void Canvas::State::draw_panel(const CanvasContent& content) {
  const int top = picture_box.y + picture_box.height + kMarginPx;
  // 0.68 of the width for the keyboard, the mouse beside it, one line of text below both.
  const int width = std::min(image.cols, 1000);
  const int left = (image.cols - width) / 2 + kMarginPx;
  const int keyboard_height = kPanelPx - 3 * kMarginPx - 18;
  draw_keyboard(image, {left, top, width * 68 / 100, keyboard_height}, content.action);
  const int mouse_left = left + width * 69 / 100;
  draw_mouse_body(image, {mouse_left, top + 10, 62, keyboard_height - 20}, content.action);
  const int radius = 44;
  const cv::Point centre(mouse_left + 62 + 16 + radius, top + radius + 4);
  draw_motion(image, centre, radius, content.action);
  put_text(image, fmt::format("{:+d}  {:+d}", content.action.dx, content.action.dy),
           {centre.x, top + keyboard_height - 4}, 0.45, kDim, Align::kCentre);
  put_text(image, fitted(content.status, 0.5, image.cols - 2 * kMarginPx), {left, image.rows - kMarginPx}, 0.5, kDim);
}

// A band over the lower edge of the picture.
void Canvas::State::draw_verdict(const CanvasContent& content) {
  const int height = std::min(56, picture_box.height);
  const cv::Rect band(picture_box.x, picture_box.y + picture_box.height - height, picture_box.width, height);
  cv::Mat under = image(band);
  cv::addWeighted(under, 0.25, cv::Mat(under.size(), under.type(), kGround), 0.75, 0.0, under);
  const cv::Scalar& colour = content.verdict == "success" ? kGood : kBad;
  cv::rectangle(image, cv::Rect(band.x, band.y, 6, band.height), colour, cv::FILLED);
  std::string word = content.verdict;
  std::replace(word.begin(), word.end(), '_', ' ');
  const int room = band.width - 2 * kMarginPx;
  put_text(image, fitted(word, 0.65, room), {band.x + kMarginPx + 4, band.y + 22}, 0.65, colour);
  put_text(image, fitted(content.reason, 0.5, room), {band.x + kMarginPx + 4, band.y + 45}, 0.5, kBright);
}

}  // namespace atl::video
