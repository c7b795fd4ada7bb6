#include "datasets/messages.h"

namespace atl::datasets {
namespace {

// clang-format off
constexpr std::array<TopicInfo, kNumTopics> kTopics{{
  {"atoll/facts", "atoll/Facts", R"({"type":"object","description":"First message of a recording.","properties":{
"version":{"type":"integer","description":"of the recording format"},
"log_offset_ns":{"type":"integer","description":"log_time minus time on the recording's clock, until an episode start gives another"},
"recording_toml":{"type":"string","description":"text of recording.toml: facts of the source, policy contract, wall anchor"}},
"required":["version","log_offset_ns","recording_toml"]})"},
  {"atoll/clock", "atoll/Clock", R"({"type":"object","description":"Both clocks read at one moment, about once a second.","properties":{
"monotonic_ns":{"type":"integer","description":"CLOCK_MONOTONIC"},
"wall_ns":{"type":"integer","description":"since the Unix epoch"}},
"required":["monotonic_ns","wall_ns"]})"},
  {"atoll/episode", "atoll/Episode", R"({"type":"object","description":"Start or end of one attempt at one task.","properties":{
"event":{"enum":["start","end"]},
"episode":{"type":"integer","description":"counts from 0"},
"log_offset_ns":{"type":"integer","description":"start: log_time minus time on the recording's clock, from here on"},
"seed":{"type":"integer"},"family":{"type":"string"},"split":{"type":"string"},"target":{"type":"string"},
"instruction":{"type":"string"},"time_limit_s":{"type":"number"},
"goes_on":{"type":"boolean","description":"began where an earlier episode stood: no seed gives its start"},
"start_hash":{"type":"string","description":"hexadecimal, of the world's state; 0 where it cannot tell"},
"player":{"type":"string"},
"num_steps":{"type":"integer"},"verdict":{"type":"string"},"reason":{"type":"string"},"object":{"type":"string"},
"judge":{"type":"string"},"discarded":{"type":"boolean","description":"end: whoever recorded it does not want it to be used"},
"end_hash":{"type":"string","description":"hexadecimal, of the world's state"}},
"required":["event","episode"]})"},
  {"atoll/instruction", "atoll/Instruction", R"({"type":"object","description":"What was asked for; log_time is when it begins to hold. A later message with the same text and log_time replaces an earlier one.","properties":{
"text":{"type":"string"},
"source":{"enum":["person","setter","annotator","program"]},
"mark":{"enum":["unknown","succeeded","failed"]},
"duration_ns":{"type":"integer","description":"for how long it held; absent while it still holds"}},
"required":["text","source","mark"]})"},
  {"atoll/input", "atoll/Input", R"({"type":"object","description":"One event of keyboard, mouse or gamepad.","properties":{
"origin":{"enum":["human","agent","expert"]},
"kind":{"enum":["control","motion","pointer","wheel","pad_button","pad_axis"]},
"control":{"type":"string","description":"key or button, for kind control"},"pressed":{"type":"boolean"},
"dx":{"type":"integer","description":"unaccelerated counts, right positive, for kind motion"},
"dy":{"type":"integer","description":"unaccelerated counts, down positive"},
"x_px":{"type":"integer","description":"from the left of the window's client area, for kind pointer"},
"y_px":{"type":"integer","description":"from its top"},
"detents":{"type":"integer","description":"away from the user positive, for kind wheel"},
"pad":{"type":"integer","description":"which gamepad, from 0"},
"button":{"type":"string","description":"as on an Xbox pad, for kind pad_button"},
"axis":{"type":"string","description":"for kind pad_axis"},
"value":{"type":"integer","description":"sticks -32768 to 32767, right and down positive; triggers 0 to 32767; hats -1 to 1"}},
"required":["origin","kind"]})"},
  {"atoll/action", "atoll/Action", R"({"type":"object","description":"One step of the action clock, as carried out; log_time is when it began.","properties":{
"step":{"type":"integer","description":"inside the episode"},
"origin":{"enum":["human","agent","expert"]},
"held":{"type":"array","items":{"type":"string"},"description":"controls down at the end of the step; absent: none"},
"presses":{"type":"object","additionalProperties":{"type":"integer"},"description":"presses inside the step, 1 to 3 by control"},
"dx":{"type":"integer","description":"summed counts; absent: 0"},"dy":{"type":"integer"},
"wheel":{"type":"integer","description":"summed detents; absent: 0"},
"pointer":{"type":"array","items":{"type":"integer"},"description":"x and y in px at the end of the step"},
"frame":{"type":"integer","description":"sequence of the frame it was computed from"},
"latency_ns":{"type":"integer","description":"from that frame's completion to the chunk being scheduled"},
"missed":{"type":"boolean","description":"the chunk came later than the declared delay allows"}},
"required":["step","origin"]})"},
  {"atoll/frame", "atoll/Frame", R"({"type":"object","description":"One line of the frame index; log_time is when the pixels were complete.","properties":{
"kind":{"enum":["video","replay","heartbeat"],"description":"in video.mp4; rendered again from seed and actions; nothing changed"},
"sequence":{"type":"integer","description":"counts pictures; a gap is a drop"},
"step":{"type":"integer","description":"of the action clock, inside the episode"},
"capture_ns":{"type":"integer","description":"from request to completion; absent: 0"},
"pts_us":{"type":"integer","description":"presentation time in video.mp4"},
"hash":{"type":"string","description":"hexadecimal FNV-1a of the B, G and R bytes before encoding"},
"window":{"type":"array","items":{"type":"integer"},"description":"x, y, width, height of the client area on its screen"}},
"required":["kind","sequence","step"]})"},
  {"atoll/drop", "atoll/Drop", R"({"type":"object","description":"Pictures or events that were lost.","properties":{
"where":{"type":"string"},"reason":{"type":"string"},"count":{"type":"integer"}},
"required":["where","reason","count"]})"},
  {"atoll/mark", "atoll/Mark", R"({"type":"object","description":"A moment that the person at the recorder marked.","properties":{
"text":{"type":"string"}},
"required":["text"]})"},
}};
// clang-format on

}  // namespace

const std::array<TopicInfo, kNumTopics>& topic_table() { return kTopics; }

}  // namespace atl::datasets
