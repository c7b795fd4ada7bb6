#include "trainer/batch.h"

#include "agent/past_actions.h"
#include "core/error.h"
#include "trainer/features.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <string>

namespace atl::trainer {
namespace {

std::size_t as_size(std::int64_t value) { return static_cast<std::size_t>(value); }

// The instructions of one example in a batch: which are its own (with targets), which are others' (negatives).
struct Asked {
  std::vector<std::string> texts;
  std::size_t num_own = 0;  // the first ones
  std::vector<bool> negative;
  bool knows_past = true;
};

// Fills the tensors of one batch, example by example.
class Filler {
 public:
  Filler(const BatchOptions& options, std::int64_t num_pictures, std::int64_t num_instructions)
      : o_(options), B_(num_pictures), K_(num_instructions) {
    const std::int64_t T = o_.shape.window;
    const std::int64_t S = o_.shape.chunk_actions;
    const std::int64_t P = o_.shape.num_patches();
    batch.num_pictures = B_;
    if (o_.features != nullptr)
      batch.input.features_BTPC =
          at::empty({B_, T, o_.features->num_patches(), o_.features->channels()}, in_memory(FeatureFiles::kType));
    else
      batch.input.frames_BTHWC =
          at::empty({B_, T, o_.shape.frame.height_px, o_.shape.frame.width_px, kBytesPerPixel}, in_memory(at::kByte));
    batch.input.tokens_BKL = zeros({B_, K_, o_.max_words}, at::kLong);
    if (o_.shape.past_actions > 0)
      batch.input.past_BTA = zeros({B_, T, static_cast<std::int64_t>(past_values() * past_actions())});
    if (!o_.loss.pictures) batch.input.frames_BTHWC.zero_();
    batch.controls_BTKSC = zeros({B_, T, K_, S, o_.actions.controls});
    batch.mouse_x_BTKS = zeros({B_, T, K_, S}, at::kLong);
    batch.mouse_y_BTKS = zeros({B_, T, K_, S}, at::kLong);
    batch.input.controls_BTKSC = batch.controls_BTKSC;  // what autoregressive models are conditioned on
    batch.input.mouse_x_BTKS = batch.mouse_x_BTKS;
    batch.input.mouse_y_BTKS = batch.mouse_y_BTKS;
    if (o_.actions.wheel > 0) batch.input.wheel_BTKS = batch.wheel_BTKS = zeros({B_, T, K_, S}, at::kLong);
    if (o_.actions.pointer.num_classes() > 0) batch.pointer_BTKS = zeros({B_, T, K_, S}, at::kLong);
    batch.action_weight_BTKS = zeros({B_, T, K_, S});
    batch.patches_BTKRP = zeros({B_, T, K_, o_.shape.roles, P});
    batch.patch_weight_BTKR = zeros({B_, T, K_, o_.shape.roles});
    batch.goal_BTK = zeros({B_, T, K_});
    batch.goal_weight_BTK = zeros({B_, T, K_});
    batch.negative_weight_BTK = zeros({B_, T, K_});
    batch.turn_deg_B = at::full({B_}, kUnknownTurn, in_memory(at::kFloat));
    batch.world_B = zeros({B_}, at::kLong);
    batch.seen_BT = zeros({B_, T});
  }

  void fill(std::int64_t b, const Example& e, const Asked& asked, const agent::Tokenizer& tokenizer) {
    batch.world_B.mutable_data_ptr<std::int64_t>()[b] = e.world;
    if (!asked.texts[0].empty() && e.grounds) batch.turn_deg_B.mutable_data_ptr<float>()[b] = e.turn_deg;
    ATOLL_CHECK(e.cached.empty() == (o_.features == nullptr), "an example of {} kept pictures in a batch {} features",
                e.cached.size(), o_.features == nullptr ? "without" : "of");
    if (o_.features != nullptr) {
      fill_features(b, e);
    } else if (o_.loss.pictures) {
      std::copy(
          e.frames.begin(), e.frames.end(),
          batch.input.frames_BTHWC.mutable_data_ptr<std::uint8_t>() + b * static_cast<std::int64_t>(e.frames.size()));
    }
    std::fill_n(batch.seen_BT.mutable_data_ptr<float>() + b * o_.shape.window, e.num_steps, 1.0F);
    if (asked.knows_past) fill_past(b, e);
    for (std::size_t k = 0; k < asked.texts.size(); ++k) {
      std::int64_t* ids = batch.input.tokens_BKL.mutable_data_ptr<std::int64_t>() +
                          (b * K_ + static_cast<std::int64_t>(k)) * o_.max_words;
      tokenizer.encode_padded(asked.texts[k], std::span(ids, as_size(o_.max_words)));
      const bool is_blank = asked.texts[k].empty();
      for (int t = 0; t < e.num_steps; ++t) {
        if (k < asked.num_own) fill_own(index(b, t, k), as_size(t) * e.instructions.size() + k, e, is_blank);
        if (asked.negative[k]) batch.negative_weight_BTK.mutable_data_ptr<float>()[index(b, t, k)] = e.weight;
      }
    }
  }

  // The targets of the example's first instruction at place `k`.
  void fill_first_at(std::int64_t b, std::size_t k, const Example& e) {
    for (int t = 0; t < e.num_steps; ++t) fill_own(index(b, t, k), as_size(t) * e.instructions.size(), e, false);
  }

  Batch batch;

 private:
  [[nodiscard]] at::TensorOptions in_memory(at::ScalarType type) const {
    return at::TensorOptions(type).pinned_memory(o_.pinned);
  }
  [[nodiscard]] at::Tensor zeros(at::IntArrayRef shape, at::ScalarType type = at::kFloat) const {
    return at::zeros(shape, in_memory(type));
  }
  [[nodiscard]] std::size_t past_actions() const { return as_size(o_.shape.past_actions); }
  [[nodiscard]] std::size_t past_values() const { return agent::past_action_values(o_.actions); }

  // The only copy between the mapped file and the model; steps after the last are zero, as pictures are.
  void fill_features(std::int64_t b, const Example& e) {
    const std::size_t size = o_.features->row_bytes();
    const std::size_t places = as_size(o_.shape.window);
    auto* to = static_cast<std::uint8_t*>(batch.input.features_BTPC.mutable_data_ptr()) + as_size(b) * places * size;
    for (const std::uint32_t picture : e.cached) {
      const std::span<const std::uint8_t> row = o_.features->row(e.source, picture);
      to = std::copy(row.begin(), row.end(), to);
    }
    std::fill_n(to, (places - e.cached.size()) * size, std::uint8_t{0});
  }

  void fill_past(std::int64_t b, const Example& e) {
    if (past_actions() == 0) return;
    const std::size_t size = past_values();
    const std::size_t places = as_size(o_.shape.window) * past_actions();
    float* values = batch.input.past_BTA.mutable_data_ptr<float>() + as_size(b) * places * size;
    for (std::size_t i = 0; i < places; ++i) {
      if (e.past_known[i] != 0) agent::write_past_action(e.past[i], o_.actions, {values + i * size, size});
    }
  }

  [[nodiscard]] std::size_t index(std::int64_t b, int t, std::size_t k) const {
    return as_size((b * o_.shape.window + t) * K_) + k;
  }

  // Targets of the example's asked picture `source` (t and k) at place `target`; a blank text teaches actions only.
  void fill_own(std::size_t target, std::size_t source, const Example& e, bool is_blank) {
    fill_chunk(target, source, e);
    if (is_blank) return;
    const GoalLabel goal = e.goals[source];
    batch.goal_BTK.mutable_data_ptr<float>()[target] = goal == GoalLabel::kReached ? 1.0F : 0.0F;
    batch.goal_weight_BTK.mutable_data_ptr<float>()[target] = goal == GoalLabel::kUnknown ? 0.0F : e.weight;
    if (!e.patches.empty()) fill_patches(target, source, e);
  }

  void fill_patches(std::size_t target, std::size_t source, const Example& e) {
    const std::size_t R = as_size(o_.shape.roles);
    const std::size_t values = R * as_size(o_.shape.num_patches());
    float* patches = batch.patches_BTKRP.mutable_data_ptr<float>() + target * values;
    for (std::size_t i = 0; i < values; ++i) patches[i] = e.patches[source * values + i];
    float* weight = batch.patch_weight_BTKR.mutable_data_ptr<float>() + target * R;
    const std::uint8_t* names = e.names.data() + source % e.instructions.size() * R;
    for (std::size_t r = 0; r < R; ++r) weight[r] = names[r] == 0 ? 0.0F : e.weight;
  }

  void fill_chunk(std::size_t target, std::size_t source, const Example& e) {
    const std::size_t S = as_size(o_.shape.chunk_actions);
    const std::size_t C = as_size(o_.actions.controls);
    float* controls = batch.controls_BTKSC.mutable_data_ptr<float>();
    for (std::size_t s = 0; s < S; ++s) {
      if (e.chunk_mask[source * S + s] == 0) continue;
      const agent::ActionParts& parts = e.chunks[source * S + s];
      const std::size_t i = target * S + s;
      for (std::size_t c = 0; c < C; ++c) controls[i * C + c] = parts.controls.test(c) ? 1.0F : 0.0F;
      batch.mouse_x_BTKS.mutable_data_ptr<std::int64_t>()[i] = parts.mouse_x;
      batch.mouse_y_BTKS.mutable_data_ptr<std::int64_t>()[i] = parts.mouse_y;
      if (batch.wheel_BTKS.defined())
        batch.wheel_BTKS.mutable_data_ptr<std::int64_t>()[i] = parts.wheel + o_.actions.wheel_max();
      if (batch.pointer_BTKS.defined()) batch.pointer_BTKS.mutable_data_ptr<std::int64_t>()[i] = parts.pointer;
      const std::size_t w = std::min(s, o_.loss.chunk_weights.size() - 1);
      batch.action_weight_BTKS.mutable_data_ptr<float>()[i] = static_cast<float>(o_.loss.chunk_weights[w]) * e.weight;
    }
  }

  const BatchOptions& o_;
  std::int64_t B_;
  std::int64_t K_;
};

// Examples lie all over a block of a hundred megabytes: what the next one holds is asked of memory while this one's
// pictures are copied.
void fetch(const Example& e) {
  __builtin_prefetch(e.frames.data());
  __builtin_prefetch(e.chunk_mask.data());
  __builtin_prefetch(e.goals.data());
  const auto* chunks = reinterpret_cast<const char*>(e.chunks.data());
  for (std::size_t at = 0; at < std::min<std::size_t>(e.chunks.size() * sizeof e.chunks[0], 512); at += 64)
    __builtin_prefetch(chunks + at);
}

// No number is drawn where there is none to draw for: runs without past actions stay the same bits.
bool draw_knows_past(const BatchOptions& options, Random& random) {
  return !options.training || options.shape.past_actions == 0 || random.uniform() >= options.loss.past_dropout;
}

Asked ask_own(const Example& e, const BatchOptions& options, Random& random) {
  Asked asked;
  asked.texts = e.instructions;
  if (asked.texts.size() > as_size(options.shape.instructions)) asked.texts.resize(as_size(options.shape.instructions));
  asked.num_own = asked.texts.size();
  asked.negative.assign(asked.texts.size(), false);
  for (std::string& text : asked.texts) {
    const bool dropped = options.training && random.uniform() < options.loss.language_dropout;
    if (dropped || !options.loss.language) text.clear();
  }
  asked.knows_past = draw_knows_past(options, random);
  return asked;
}

// Adds instructions of other pictures until there are K, each in other words than the picture's own.
void ask_others(Asked& asked, std::span<const Example* const> all, const Example& e, const BatchOptions& options,
                Random& random) {
  const std::size_t wanted = as_size(options.shape.instructions);
  for (std::size_t tries = 0; asked.texts.size() < wanted && tries < 8 * wanted; ++tries) {
    const std::string& text = all[random.below(static_cast<std::uint32_t>(all.size()))]->instructions[0];
    if (text == e.instructions[0] || text.empty()) continue;
    asked.texts.push_back(text);
    asked.negative.push_back(true);
  }
}

Batch ordinary_batch(std::span<const Example* const> examples, std::span<const Example* const> all,
                     const BatchOptions& options, const agent::Tokenizer& tokenizer, Random& random) {
  const bool add_negatives = options.loss.hindsight > 0 && options.loss.language;
  std::vector<Asked> asked;
  std::size_t num_instructions = 1;
  for (const Example* e : examples) {
    asked.push_back(ask_own(*e, options, random));
    if (add_negatives && e->grounds) ask_others(asked.back(), all, *e, options, random);
    num_instructions = std::max(num_instructions, asked.back().texts.size());
  }
  Filler filler(options, static_cast<std::int64_t>(examples.size()), static_cast<std::int64_t>(num_instructions));
  for (std::size_t b = 0; b < examples.size(); ++b) {
    if (b + 1 < examples.size()) fetch(*examples[b + 1]);
    filler.fill(static_cast<std::int64_t>(b), *examples[b], asked[b], tokenizer);
  }
  return std::move(filler.batch);
}

// Goal frames with each other's instructions: own at k = b.
Batch goal_frame_batch(std::span<const Example* const> examples, const BatchOptions& options,
                       const agent::Tokenizer& tokenizer, Random& random) {
  const auto G = static_cast<std::int64_t>(examples.size());
  Filler filler(options, G, G);
  at::Tensor same = at::zeros({G, G}, at::TensorOptions(at::kBool).pinned_memory(options.pinned));
  for (std::int64_t b = 0; b < G; ++b) {
    Asked asked;
    for (std::int64_t k = 0; k < G; ++k) {
      const bool equal = examples[as_size(k)]->instructions[0] == examples[as_size(b)]->instructions[0];
      asked.texts.push_back(examples[as_size(k)]->instructions[0]);
      asked.negative.push_back(false);  // contrast_loss tells them apart
      same.mutable_data_ptr<bool>()[b * G + k] = equal;
    }
    asked.knows_past = draw_knows_past(options, random);
    filler.fill(b, *examples[as_size(b)], asked, tokenizer);
    filler.fill_first_at(b, as_size(b), *examples[as_size(b)]);
  }
  filler.batch.same_BK = same;
  filler.batch.input.want_word_logits = options.loss.contrast > 0;
  return std::move(filler.batch);
}

// Of windows, the last pictures: what was named stands ahead in these. What was done is learned from the windows.
Batch last_pictures_batch(std::span<const Example* const> examples, const BatchOptions& options,
                          const agent::Tokenizer& tokenizer, Random& random) {
  std::vector<Example> last;
  for (const Example* e : examples) last.push_back(last_step_of(*e, options.shape));
  std::vector<const Example*> pictures;
  for (const Example& e : last) pictures.push_back(&e);
  BatchOptions alone = options;
  alone.shape.window = 1;
  Batch batch = goal_frame_batch(pictures, alone, tokenizer, random);
  for (at::Tensor* weight : {&batch.action_weight_BTKS, &batch.goal_weight_BTK}) weight->zero_();
  return batch;
}

// As many places as the longest instruction needs, rounded up: what lies beyond would be work for nothing.
at::Tensor without_padding(const at::Tensor& tokens_BKL, const BatchOptions& options) {
  const std::int64_t places = tokens_BKL.size(2);
  const auto* ids = tokens_BKL.const_data_ptr<std::int64_t>();
  std::int64_t longest = 1;
  for (std::int64_t i = 0; i < tokens_BKL.size(0) * tokens_BKL.size(1); ++i, ids += places)
    longest = std::max(longest, static_cast<std::int64_t>(std::find(ids, ids + places, 0) - ids));
  const std::int64_t multiple = options.word_multiple;
  const std::int64_t kept = std::min(places, (longest + multiple - 1) / multiple * multiple);
  return at::empty({tokens_BKL.size(0), tokens_BKL.size(1), kept},
                   at::TensorOptions(at::kLong).pinned_memory(options.pinned))
      .copy_(tokens_BKL.narrow(2, 0, kept));
}

}  // namespace

std::vector<at::Tensor*> tensors_of(Batch& batch) {
  return {&batch.input.frames_BTHWC,
          &batch.input.features_BTPC,
          &batch.input.tokens_BKL,
          &batch.input.past_BTA,
          &batch.input.controls_BTKSC,
          &batch.input.mouse_x_BTKS,
          &batch.input.mouse_y_BTKS,
          &batch.input.wheel_BTKS,
          &batch.controls_BTKSC,
          &batch.mouse_x_BTKS,
          &batch.mouse_y_BTKS,
          &batch.wheel_BTKS,
          &batch.pointer_BTKS,
          &batch.action_weight_BTKS,
          &batch.patches_BTKRP,
          &batch.patch_weight_BTKR,
          &batch.goal_BTK,
          &batch.goal_weight_BTK,
          &batch.negative_weight_BTK,
          &batch.turn_deg_B,
          &batch.world_B,
          &batch.seen_BT,
          &batch.same_BK};
}

void move_batch(Batch& batch, at::Device device) {
  if (device.is_cpu()) return;
  for (at::Tensor* tensor : tensors_of(batch)) {
    if (tensor->defined()) *tensor = tensor->to(device, /*non_blocking=*/true);
  }
}

std::vector<Batch> create_batches(std::span<const Example* const> examples, const BatchOptions& options,
                                  const agent::Tokenizer& tokenizer, Random& random) {
  ATOLL_CHECK(!examples.empty(), "a batch of no examples");
  const bool use_goal_frames = options.loss.language && (options.loss.window > 0 || options.loss.contrast > 0);
  std::vector<const Example*> ordinary;
  std::vector<const Example*> goal_frames;
  const bool are_windows = options.shape.window > 1;
  for (const Example* e : examples) {
    const bool is_goal_frame = use_goal_frames && e->shows_what_was_named();
    if (is_goal_frame) goal_frames.push_back(e);
    if (!is_goal_frame || are_windows) ordinary.push_back(e);
  }
  const auto goal_batch = are_windows ? last_pictures_batch : goal_frame_batch;
  std::vector<Batch> batches;
  if (!ordinary.empty()) batches.push_back(ordinary_batch(ordinary, examples, options, tokenizer, random));
  if (!goal_frames.empty()) batches.push_back(goal_batch(goal_frames, options, tokenizer, random));
  const int after = options.loss.least_word_after;
  for (Batch& batch : batches) {
    batch.input.tokens_BKL = without_padding(batch.input.tokens_BKL, options);
    batch.share = static_cast<double>(batch.num_pictures) / static_cast<double>(examples.size());
    batch.blames_least_word = options.training && after > 0 && options.step >= after;
    batch.input.want_word_logits |= batch.blames_least_word;
    batch.items = count_items(batch, options.loss.future_steps, options.num_worlds);
  }
  return batches;
}

}  // namespace atl::trainer
