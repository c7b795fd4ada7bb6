#include "trainer/features.h"

#include "agent/checkpoint.h"
#include "agent/pretrained.h"
#include "agent/safetensors.h"
#include "datasets/video/reader.h"
#include "datasets/video/writer.h"
#include "support.h"
#include "tests/error_of.h"
#include "tests/run_python.h"
#include "trainer/batch.h"
#include "trainer/video_source.h"
#include "trainer/worlds.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sigmoid.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <sstream>

namespace atl::trainer {
namespace {

using ::testing::HasSubstr;

// What float16 features may change, on these pictures: of a loss in 50 steps, and of an answer.
constexpr double kLossTolerance = 2e-2;
constexpr double kAnswerNats = 1e-4;

// Expert episodes with their pictures in the video.
void record_video(const std::filesystem::path& folder, int episodes, std::uint64_t first_seed) {
  const auto world = envs::create_playhouse({});
  datasets::RecordingOptions options;
  options.folder = folder;
  options.facts = world->spec().facts;
  options.video = video::video_writer_factory({});
  auto writer = datasets::RecordingWriter::create(options);
  for (int i = 0; i < episodes; ++i) {
    const std::uint64_t seed = envs::seed_in(envs::SeedRange::kTraining, first_seed + static_cast<std::uint64_t>(i));
    envs::Observation observation = world->reset(seed, {.family = "go to"});
    datasets::EpisodeStart start;
    start.episode = static_cast<std::uint64_t>(i);
    start.time = observation.time;
    start.seed = seed;
    start.family = "go to";
    start.instruction = world->task().instruction;
    writer->begin_episode(start);
    const auto expert = world->oracle()->create_expert(seed, {.noise = 0.05});
    const auto add_picture = [&] {
      Frame frame = make_frame(observation.frame.size());
      copy_packed(observation.frame, frame.pixels);
      frame.requested = frame.done = observation.time;
      writer->frame(frame, observation.step);
    };
    add_picture();
    while (!world->outcome().is_over()) {
      const Action action = expert->next();
      writer->action({.step = observation.step, .time = observation.time, .action = action, .origin = Origin::kExpert});
      observation = world->step(action);
      add_picture();
    }
    datasets::EpisodeEnd end;
    end.episode = start.episode;
    end.time = observation.time;
    end.num_steps = observation.step;
    end.verdict = "success";
    writer->end_episode(end);
  }
  writer->close();
}

SourceServices video_services() {
  SourceServices services = testing::playhouse_services();
  services.open_video = video::video_reader_factory();
  return services;
}

// Published weights as tools/weights.py leaves them, of random numbers.
void write_weights(const std::filesystem::path& folder, const agent::ModelConfig& model, float scale) {
  const agent::FrozenEncoder encoder(model, FrameSize{48, 32});
  agent::TensorMap tensors;
  for (const agent::NamedTensor& p : encoder.parameters())
    tensors[p.name.substr(agent::kBackbonePrefix.size())] = p.tensor.detach() * scale;
  std::filesystem::create_directories(folder);
  agent::save_tensors(folder / (model.encoder + ".safetensors"), tensors);
}

class Features : public ::testing::Test {
 protected:
  void SetUp() override {
    record_video(path("r"), 4, 1);
    config_ = testing::small_config();
    config_.contract.frame_width_px = 48;
    config_.contract.frame_height_px = 32;
    config_.model.encoder = "efficientnet_lite0";
    config_.model.encoder_trained_blocks = 0;
    config_.trainer.sources = {source("r")};
    config_.trainer.loss.patch = 0.0;
    config_.trainer.loss.language_dropout = 0.1;
    write_weights(path("weights"), config_.model, 1.5F);
  }

  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  [[nodiscard]] SourceConfig source(const std::string& name) const {
    SourceConfig source;
    source.kind = "video";
    source.recordings = {path(name).string()};
    source.cache = path(name + ".cache").string();
    source.features = path(name + ".features").string();
    source.relabel = false;
    source.development = 0.25;
    return source;
  }

  [[nodiscard]] RunConfig on_pictures() const {
    RunConfig config = config_;
    config.trainer.sources[0].features.clear();
    return config;
  }

  [[nodiscard]] TrainOptions options_for(const std::string& run) const {
    TrainOptions options;
    options.out = path(run);
    options.services = video_services();
    options.weights = path("weights");
    options.should_stop = [] { return false; };
    return options;
  }

  [[nodiscard]] std::unique_ptr<const FeatureFiles> open(const RunConfig& config) const {
    return open_features(resolve(config), video_services(), {.checkpoint = nullptr, .folder = path("weights")});
  }

  [[nodiscard]] std::string problems_of(const RunConfig& config) const {
    return tests::error_of([&] { validate(config); });
  }

  TemporaryFolder folder_;
  RunConfig config_;
};

// The loss of each line of metrics.jsonl, in order.
std::vector<double> losses_of(const std::filesystem::path& run) {
  std::istringstream lines(read_text_file(run / "metrics.jsonl"));
  std::vector<double> losses;
  for (std::string line; std::getline(lines, line);) losses.push_back(nlohmann::json::parse(line).at("loss"));
  return losses;
}

// Mean KL(a || b) in nats of an action, of the distributions that answers give.
double nats_between(const agent::ModelOutput& a, const agent::ModelOutput& b) {
  const at::Tensor p = at::sigmoid(a.key_logits);
  at::Tensor nats = (p * (at::log_sigmoid(a.key_logits) - at::log_sigmoid(b.key_logits)) +
                     (1 - p) * (at::log_sigmoid(-a.key_logits) - at::log_sigmoid(-b.key_logits)))
                        .sum(-1);
  for (const auto& logits : {&agent::ModelOutput::mouse_x_logits, &agent::ModelOutput::mouse_y_logits}) {
    const at::Tensor log_a = at::log_softmax(a.*logits, -1);
    nats = nats + (log_a.exp() * (log_a - at::log_softmax(b.*logits, -1))).sum(-1);
  }
  return nats.mean().item<double>();
}

// What the run's policy answers to the pictures of a batch, and to their features where there are some.
agent::ModelOutput answer(const std::filesystem::path& run, const agent::ModelInput& input) {
  const at::NoGradGuard no_grad;
  const agent::Checkpoint checkpoint = agent::load_checkpoint(agent::find_checkpoint(run));
  agent::Model model(checkpoint.info.model, checkpoint.info.contract, checkpoint.info.vocabulary_size, 1);
  model.load_state(checkpoint.weights);
  return model.forward(input);
}

// To the last bits of a float16 beside the largest value: pictures alone and many at once are added up in another
// order.
bool is_kept_as(const at::Tensor& kept, const at::Tensor& exact) {
  const double largest = exact.abs().max().item<double>();
  return (kept.to(at::kFloat) - exact).abs().max().item<double>() <= 1e-3 * largest;
}

TEST_F(Features, TrainToTheSameLossesAndToAPolicyThatAnswersToPictures) {
  config_.trainer.steps = 50;
  config_.trainer.log_every = 1;
  config_.trainer.evaluate_every = 25;
  static_cast<void>(train(on_pictures(), options_for("seen")));
  static_cast<void>(train(config_, options_for("read")));
  const std::vector<double> seen = losses_of(path("seen"));
  const std::vector<double> read = losses_of(path("read"));
  ASSERT_EQ(seen.size(), read.size());
  ASSERT_EQ(seen.size(), 52U) << "50 steps and two measurements";
  double most = 0.0;
  for (std::size_t i = 0; i < seen.size(); ++i) most = std::max(most, std::abs(read[i] - seen[i]) / seen[i]);
  RecordProperty("largest_relative_difference", std::to_string(most));
  EXPECT_LT(most, kLossTolerance);
  EXPECT_GT(most, 0.0) << "nothing was read";
  EXPECT_LT(seen[49], 0.9 * seen[0]) << "nothing was learned";

  // The same pictures, asked about three ways.
  config_.trainer.sources[0].development = 0.0;
  const auto features = open(config_);
  const auto files = create_training_source(config_, video_services());
  const auto pictures = create_training_source(on_pictures(), video_services());
  const std::vector<Example> read_block = files->create_block(0, 32);
  const std::vector<Example> seen_block = pictures->create_block(0, 32);
  const agent::Tokenizer tokenizer = agent::load_checkpoint(agent::find_checkpoint(path("read"))).tokenizer;
  BatchOptions options{.shape = shape_of(config_),
                       .loss = config_.trainer.loss,
                       .actions = agent::action_sizes(config_.contract),
                       .max_words = config_.model.max_words,
                       .training = false};
  const auto input_of = [&](const std::vector<Example>& block, const FeatureFiles* kept) {
    std::vector<const Example*> all;
    for (const Example& e : block) all.push_back(&e);
    options.features = kept;
    Random random(1);
    return create_batches(all, options, tokenizer, random).at(0).input;
  };
  const agent::ModelInput frames = input_of(seen_block, nullptr);
  const agent::ModelInput kept = input_of(read_block, features.get());
  EXPECT_FALSE(kept.frames_BTHWC.defined());
  const double by_precision = nats_between(answer(path("read"), frames), answer(path("read"), kept));
  const double by_training = nats_between(answer(path("seen"), frames), answer(path("read"), frames));
  RecordProperty("nats_by_precision", std::to_string(by_precision));
  RecordProperty("nats_by_training", std::to_string(by_training));
  EXPECT_LT(by_precision, kAnswerNats);
  EXPECT_LT(by_training, 10 * kAnswerNats);
}

TEST_F(Features, AreThoseOfTheEncoderForEachPictureWhateverTheThreads) {
  config_.trainer.replicas = 1;
  const auto one = open(config_);
  const std::string bytes = read_text_file(path("r.features"));
  std::filesystem::remove(path("r.features"));
  config_.trainer.replicas = 3;
  const auto three = open(config_);
  EXPECT_TRUE(read_text_file(path("r.features")) == bytes);

  // Another reader finds the same numbers, and what they were made with.
  const std::string told = tests::run_python(
      "import json, sys\n"
      "import numpy as np\n"
      "bytes = open(sys.argv[1], 'rb').read()\n"
      "size = int.from_bytes(bytes[12:16], 'little')\n"
      "facts = json.loads(bytes[16:16 + size])\n"
      "shape = [facts[name] for name in ('rows', 'patch_rows', 'patch_columns', 'channels')]\n"
      "rows = np.frombuffer(bytes, np.float16, offset=-(-(16 + size) // 4096) * 4096).reshape(shape)\n"
      "print(facts['encoder'], facts['precision'], shape[1:], facts['weights_sha256'], rows[17].sum(dtype=np.float64))",
      {path("r.features").string()});

  agent::FrozenEncoder encoder(config_.model, config_.contract.frame_size());
  agent::load_pretrained(path("weights") / "efficientnet_lite0.safetensors", encoder.parameters(),
                         std::string(agent::kBackbonePrefix));
  const auto pictures = open_picture_cache(config_.trainer.sources[0], config_.contract, video_services());
  for (std::uint32_t i = 0; i < pictures.num_pictures(); i += 17) {
    at::Tensor frame = at::empty({1, 32, 48, kBytesPerPixel}, at::kByte);
    std::memcpy(frame.mutable_data_ptr(), pictures.frame(i).data(), frame.nbytes());
    const at::Tensor exact = encoder(frame)[0];
    at::Tensor kept = at::empty(exact.sizes(), at::kHalf);
    ASSERT_EQ(three->row(0, i).size(), kept.nbytes());
    std::memcpy(kept.mutable_data_ptr(), three->row(0, i).data(), kept.nbytes());
    EXPECT_TRUE(is_kept_as(kept, exact)) << "picture " << i;
    if (i != 17) continue;
    const double sum = kept.to(at::kDouble).sum().item<double>();
    std::istringstream words(told);
    std::string facts;
    std::getline(words, facts, ']');
    EXPECT_EQ(facts, "efficientnet_lite0 float16 [4, 6, 112");
    std::string digest;
    double found = 0.0;
    words >> digest >> found;
    EXPECT_EQ(digest, encoder.sha256());
    EXPECT_NEAR(found, sum, 1e-6 * std::abs(sum) + 1e-9);
  }
}

// What keeping costs with the real weights that tools/weights.py fetches: docs/pretrained.md tells these numbers. Runs
// where ATOLL_WEIGHTS names their folder.
TEST_F(Features, OfRealWeightsLoseLittleInFloat16) {
  const char* weights = std::getenv("ATOLL_WEIGHTS");
  if (weights == nullptr)
    GTEST_SKIP() << "ATOLL_WEIGHTS names no folder of pretrained weights; tools/weights.py makes one";
  for (const char* name : {"efficientnet_lite0", "vit_s14"}) {
    config_.model.encoder = name;
    config_.trainer.steps = 40;
    config_.trainer.weights = weights;
    config_.trainer.sources[0].features.clear();
    config_.contract.frame_width_px = 96;
    config_.contract.frame_height_px = 72;
    static_cast<void>(train(config_, options_for(name)));
    agent::FrozenEncoder encoder(config_.model, config_.contract.frame_size());
    encoder.load(agent::load_checkpoint(agent::find_checkpoint(path(name))).weights);
    const auto pictures = open_picture_cache(config_.trainer.sources[0], config_.contract, video_services());
    agent::ModelInput exact;
    at::Tensor frames = at::empty({64, 72, 96, kBytesPerPixel}, at::kByte);
    for (std::uint64_t i = 0; i < 64; ++i)
      std::memcpy(frames[static_cast<std::int64_t>(i)].mutable_data_ptr(), pictures.frame(2 * i).data(), 72 * 96 * 4);
    exact.features_BTPC = encoder(frames).unsqueeze(1);
    exact.tokens_BKL = at::ones({64, 1, 3}, at::kLong);
    const agent::ModelOutput answers = answer(path(name), exact);
    for (const at::ScalarType type : {at::kHalf, at::kBFloat16}) {
      agent::ModelInput kept = exact;
      kept.features_BTPC = exact.features_BTPC.to(type);
      const double nats = nats_between(answers, answer(path(name), kept));
      const at::Tensor error = (kept.features_BTPC.to(at::kFloat) - exact.features_BTPC).abs();
      std::printf("%s in %s: %.2e nats an action; error up to %.1e of values up to %.1f\n", name, c10::toString(type),
                  nats, error.max().item<double>(), exact.features_BTPC.abs().max().item<double>());
      if (type == at::kHalf) {
        EXPECT_LT(nats, kAnswerNats) << name;
      }
    }
  }
}

TEST_F(Features, AResumedRunEndsInTheSameBytesAndMakesNothingAgain) {
  static_cast<void>(train(config_, options_for("unbroken")));
  const auto made = std::filesystem::last_write_time(path("r.features"));
  TrainOptions options = options_for("broken");
  options.should_stop = [left = 5]() mutable { return left-- == 0; };
  static_cast<void>(train(config_, options));
  std::filesystem::remove_all(path("weights"));  // those of the checkpoint are known by their digest
  options = options_for("broken");
  options.resume = true;
  EXPECT_TRUE(train({}, options).is_finished);
  EXPECT_EQ(std::filesystem::last_write_time(path("r.features")), made);
  for (const char* file : {"weights.safetensors", "trainer.safetensors"}) {
    const auto name = std::filesystem::path("checkpoint-00000012") / file;
    EXPECT_TRUE(read_text_file(path("unbroken") / name) == read_text_file(path("broken") / name)) << file;
  }
  EXPECT_THAT(read_text_file(path("broken") / "sources.toml"), HasSubstr("features of the frozen image encoder"));
}

TEST_F(Features, OfOtherWeightsOrPicturesAreMadeAnew) {
  static_cast<void>(open(config_));
  const auto expect_anew = [&](const std::string& words) {
    ::testing::internal::CaptureStderr();
    static_cast<void>(open(config_));
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, HasSubstr("r.features is made anew: its " + words));
  };
  write_weights(path("weights"), config_.model, 1.4F);
  expect_anew("weights_sha256 is ");
  std::filesystem::remove_all(path("r"));
  record_video(path("r"), 4, 100);
  expect_anew("pictures_hash is ");
  config_.contract.frame_width_px = 56;
  expect_anew("patch_columns is 6, expected 7");
}

TEST_F(Features, OfSeveralSourcesAreEachReadFromItsOwnFile) {
  record_video(path("s"), 2, 50);
  config_.trainer.sources.push_back(source("s"));
  config_.trainer.data.window = 3;  // the last of an episode are not full
  config_.model.memory_steps = 4;
  const auto features = open(config_);
  const auto source = create_training_source(config_, video_services());
  const std::vector<Example> block = source->create_block(0, 60);
  const agent::Tokenizer tokenizer = create_tokenizer(config_, *source);
  std::vector<const Example*> all;
  std::array<int, 2> of_source{};
  int short_ones = 0;
  for (const Example& e : block) {
    EXPECT_TRUE(e.frames.empty());
    ASSERT_EQ(e.cached.size(), static_cast<std::size_t>(e.num_steps));
    ++of_source.at(e.source);
    short_ones += e.num_steps < 3 ? 1 : 0;
    all.push_back(&e);
  }
  EXPECT_EQ(of_source, (std::array<int, 2>{30, 30}));
  EXPECT_GT(short_ones, 0);
  Random random(1);
  const BatchOptions options{.shape = shape_of(config_),
                             .loss = config_.trainer.loss,
                             .actions = agent::action_sizes(config_.contract),
                             .max_words = config_.model.max_words,
                             .features = features.get()};
  const at::Tensor batch = create_batches(all, options, tokenizer, random).at(0).input.features_BTPC;
  ASSERT_EQ(batch.scalar_type(), at::kHalf);
  for (std::size_t i = 0; i < block.size(); ++i) {
    const at::Tensor example = batch[static_cast<std::int64_t>(i)];
    for (int t = 0; t < 3; ++t) {
      const bool is_real = t < block[i].num_steps;
      EXPECT_EQ(example[t].eq(0).all().item<bool>(), !is_real);
      if (!is_real) continue;
      const auto row = features->row(block[i].source, block[i].cached[static_cast<std::size_t>(t)]);
      EXPECT_EQ(std::memcmp(example[t].const_data_ptr(), row.data(), row.size()), 0) << i << ", step " << t;
    }
  }
}

TEST_F(Features, ABadBatchNamesItsPictures) {
  TrainOptions options = options_for("run");
  options.on_gradient = [](std::int64_t step, at::Tensor& gradient) {
    if (step == 2) gradient[-1].fill_(std::numeric_limits<float>::infinity());
  };
  static_cast<void>(train(config_, options));
  const auto bad = agent::load_tensors(path("run") / "bad-batch-00000002.safetensors").tensors;
  EXPECT_EQ(bad.at("cached").sizes(), (std::vector<std::int64_t>{8, 1}));
  EXPECT_GT(bad.at("cached").max().item<std::int64_t>(), 0);
  EXPECT_EQ(bad.at("sources").sum().item<std::int64_t>(), 0);
}

TEST_F(Features, WhatDoesNotFitThemIsRefused) {
  EXPECT_EQ(problems_of(config_), "");
  const auto changed = [&](const std::function<void(RunConfig&)>& change) {
    RunConfig config = config_;
    change(config);
    return problems_of(config);
  };
  EXPECT_THAT(changed([](RunConfig& c) { c.trainer.sources[0].kind = "replay"; }),
              HasSubstr("trainer.sources[0] has features and kind = \"replay\""));
  EXPECT_THAT(changed([](RunConfig& c) { c.model.encoder_trained_blocks = 2; }),
              HasSubstr("trainer.sources features with agent.model.encoder_trained_blocks = 2"));
  EXPECT_THAT(changed([](RunConfig& c) { c.model.encoder = "conv"; }),
              HasSubstr("features with agent.model.encoder = \"conv\""));
  for (auto field : {&DataConfig::mirror, &DataConfig::brightness, &DataConfig::saturation, &DataConfig::hue_deg})
    EXPECT_THAT(changed([&](RunConfig& c) { c.trainer.data.*field = 0.5; }), HasSubstr("features are of pictures"));
  EXPECT_THAT(changed([](RunConfig& c) { c.trainer.data.shift_px = 2; }), HasSubstr("features are of pictures"));
  EXPECT_THAT(changed([](RunConfig& c) { c.trainer.loss.pictures = false; }),
              HasSubstr("features with trainer.loss.pictures = false"));
  EXPECT_THAT(changed([](RunConfig& c) { c.trainer.sources.emplace_back().families = {"go to"}; }),
              HasSubstr("trainer.sources[1] has no features and others have"));
  EXPECT_THAT(changed([](RunConfig& c) { c.trainer.sources[0].features = c.trainer.sources[0].cache; }),
              HasSubstr("has the cache of trainer.sources[0] for features"));
  EXPECT_THAT(changed([&](RunConfig& c) {
                c.trainer.sources.push_back(source("s"));
                c.trainer.sources[1].features = c.trainer.sources[0].features;
              }),
              HasSubstr("has the features of trainer.sources[0], which has other recordings"));
}

// A run that starts from another one has its encoder, whose features are others.
TEST_F(Features, AreThoseOfTheEncoderThatARunStartsFrom) {
  RunConfig first = on_pictures();
  first.model.encoder_trained_blocks = -1;
  static_cast<void>(train(first, options_for("first")));
  config_.trainer.start = path("first").string();
  static_cast<void>(train(config_, options_for("read")));
  const agent::TensorMap trained = agent::load_checkpoint(agent::find_checkpoint(path("first"))).weights;
  agent::FrozenEncoder encoder(config_.model, config_.contract.frame_size());
  encoder.load(agent::load_checkpoint(agent::find_checkpoint(path("read"))).weights);
  for (const agent::NamedTensor& p : encoder.parameters()) EXPECT_TRUE(p.tensor.equal(trained.at(p.name))) << p.name;
  ::testing::internal::CaptureStderr();
  const auto files =
      open_features(resolve(config_), video_services(), {.checkpoint = nullptr, .folder = path("weights")});
  EXPECT_EQ(::testing::internal::GetCapturedStderr().find("made anew"), std::string::npos)
      << "the features that were trained on are those of the encoder that will play";
  const auto pictures = open_picture_cache(config_.trainer.sources[0], config_.contract, video_services());
  at::Tensor picture = at::empty({1, 32, 48, kBytesPerPixel}, at::kByte);
  std::memcpy(picture.mutable_data_ptr(), pictures.frame(0).data(), pictures.frame(0).size());
  const at::Tensor exact = encoder(picture)[0];
  at::Tensor kept = at::empty(exact.sizes(), FeatureFiles::kType);
  std::memcpy(kept.mutable_data_ptr(), files->row(0, 0).data(), kept.nbytes());
  EXPECT_TRUE(is_kept_as(kept, exact));
}

TEST_F(Features, AreLeftOutWithPretraining) {
  RunConfig config = config_;
  config.trainer.start = path("pretrained").string();
  config = choose_worlds(config, {.pretraining = false});
  EXPECT_EQ(config.trainer.sources[0].features, "");
  EXPECT_EQ(config.trainer.start, "");
  EXPECT_EQ(problems_of(config), "");
}

}  // namespace
}  // namespace atl::trainer
