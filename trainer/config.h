// What one training run is made of: the structs behind `atoll train --config FILE`. Free of LibTorch.
//
// Sections are folder names: [contract], [agent.model], [agent.tokenizer], [trainer], [trainer.data], [trainer.loss],
// [trainer.optimizer], [trainer.dagger], [trainer.world_weights], [island], [run] and one [[trainer.sources]] for each
// source of examples. Defaults are the recipe that follows language best with masks (tools/studies/language.sh).
#pragma once

#include "agent/model_config.h"
#include "agent/tokenizer.h"
#include "core/config.h"
#include "core/contract.h"
#include "trainer/island_config.h"
#include "trainer/optimizer.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace atl::trainer {

/// One source of examples.
struct SourceConfig {
  std::string kind = "collect";         // "collect": fresh episodes of the world's expert; "replay": recordings of
                                        // a deterministic world, rendered again; "video": recordings with video
  std::string world;                    // collect: "" is "playhouse"; replay and video: "" is that of the recordings,
                                        // and any other has to be it. trainer/worlds.h
  std::vector<std::string> families;    // collect: task families, equally often; relabelling: of the other goals
  std::vector<std::string> recordings;  // replay and video: folders of recordings, or manifests (.toml)
  std::string cache;                    // video: file for decoded pictures, made if missing or out of date
  std::string features;                 // video: file for what a frozen image encoder makes of them, made likewise and
                                        // read in their place; empty: none. All sources of a run, or none
                                        // (docs/pretrained.md)
  double weight = 1.0;                  // share of the examples, relative to the other sources (world_weights aside)
  bool relabel = true;                  // ask the world for masks, other goals and the expert's actions; false: a
                                        // plain recording of frames, actions, instruction and success mark
  bool success_only = true;             // plain: attempts that are known to have failed are left out
  bool ground = true;   // plain: where an attempt succeeded, what was named stands ahead, and words are learned from
                        // that (loss.window, contrast, carried, hindsight); false: instructions name nothing to be seen
  double keep = 0.5;    // collect and replay: share of an episode's windows that become examples
  double noise = 0.05;  // collect: as envs::ExpertStyle
  double detour = 0.1;
  int reaction_steps = 0;
  double intervention = 1.0;  // plain: weight of what a person or expert did who took over from an agent, others' is 1
  double development = 0.05;  // replay and video: share of episodes kept apart to measure on, where no manifest says
};

/// How examples are cut, shuffled and served.
struct DataConfig {
  int window = 1;                 // T: policy steps of an example; above 1 only with memory, a video encoder or
                                  // loss.future
  int instructions = 4;           // K: own and K - 1 others of the scene (relabel) or of the batch (hindsight)
  int block_examples = 4096;      // made and shuffled together; memory: 3 blocks of frames
  int passes = 2;                 // how often each block is gone through
  int producers = 1;              // threads that make blocks
  int min_object_pixels = 6;      // a patch shows an object from this many of its pixels on
  int goal_frame_steps = 4;       // the last pictures of a successful episode that are goal frames
  double goal_frame_share = 0.0;  // of each batch; 0: as they come
  double idle_keep = 1.0;         // share of the examples in which nothing is done that are kept; goal frames all are
  int jitter_steps = 0;           // an example's chunk begins contract.delay_steps after its picture give or take up to
                                  // so many, never before it: for live play whose pictures are now older, now newer
  // Augmentation of what is learned from, never of what is measured on; see trainer/augment.h.
  double mirror = 0.0;      // share of examples seen in a mirror, with left and right swapped in what is asked for
  int shift_px = 0;         // examples are moved by up to this much, up or down, left or right; not with relabel
  double brightness = 0.0;  // examples are brighter or darker by up to this share,
  double saturation = 0.0;  // more or less colourful by up to this share,
  double hue_deg = 0.0;     // and their colours turned by up to this much; 60 make red yellow or purple

  [[nodiscard]] bool augments() const {
    return mirror > 0 || shift_px > 0 || brightness > 0 || saturation > 0 || hue_deg > 0;
  }
};

/// What is minimised: weights of the parts, 0 switches a part off.
struct LossConfig {
  double action = 1.0;   // keys, mouse x and mouse y
  double balance = 0.0;  // of these, what is done rarely counts more: each class of a control or mouse axis by its
                         // frequency in the batch to the power of minus this, in the mean 1
  std::vector<double> chunk_weights{2.0, 1.5, 1.0, 1.0, 0.6};  // of the chunk's actions; the last for all that follow
  double patch = 5.0;                                          // does this patch show the named object (needs masks)
  double patch_positive = 5.0;                                 // weight of patches that do
  double goal = 0.1;                                           // is the goal reached
  double goal_positive = 5.0;                                  // weight of pictures where it is
  // What words look like, from plain recordings (SourceConfig::ground); masks say it of others.
  double window = 0.0;           // goal frames: the named thing is in the central window, and nowhere at the sides
  double window_positive = 0.2;  // weight of the first of these two
  double carried = 0.0;          // the window loss on all pictures that lead to a success, where the turns since say
  double view_deg = 80.0;        // for `carried`: what the picture spans from left to right
  double contrast = 0.0;         // goal frames: InfoNCE against the other goal frames' instructions
  double hindsight = 0.0;        // ordinary pictures: no patch shows other instructions of the batch
  int least_word_after = 0;      // steps after which what a patch does not show is blamed on the word that agrees least
                                 // (blame_least_word); until then words learn what they mean. 0: never
  double future = 0.0;   // features of patches some steps later, told apart from others (trainer/future.h); needs
                         // windows, and no instruction
  int future_steps = 1;  // policy steps ahead that are predicted
  bool language = true;  // false: every instruction is blank (the agent trained without language)
  double language_dropout = 0.1;  // share of instructions that are blank for the action loss
  bool pictures = true;           // false: every picture is black (the control that sees nothing)
  double past_dropout = 0.0;      // share of pictures whose past actions are not known (agent.model.past_actions)
};

/// The agent plays between stretches of training, and learns what would have been right there: trainer/dagger.h.
struct DaggerConfig {
  int every = 0;        // steps between two rounds; 0: never
  int episodes = 200;   // of a round, dealt to the worlds as their sources' weights say
  double share = 0.5;   // of the examples of a source that collects, taken from the agent's episodes in its world
  int keep_rounds = 4;  // rounds that are learned from, the newest; 0: all
};

struct TrainerConfig {
  std::uint64_t seed = 1;
  std::int64_t steps = 0;      // optimiser steps; 0: from `minutes`
  double minutes = 0.0;        // wall time to fill with training: steps are decided from the speed seen during warm-up;
                               // what the agent plays meanwhile (trainer.dagger) comes on top
  int replicas = 0;            // threads that train side by side, one core each; 0: number of cores, on a GPU 1
  int batch = 64;              // pictures a replica and step; windows, where data.window is above 1
  int accumulate = 1;          // parts that a replica's pictures are dealt into, one after another: less memory. Losses
                               // that compare pictures (contrast, hindsight) compare within a part
  std::string device = "cpu";  // or "cuda", "cuda:1"
  std::string precision = "fp32";  // "bf16": matrix products and convolutions in bfloat16 (autocast); parameters, their
                                   // gradients and the optimiser stay fp32. About twice as fast on GPUs and on CPUs
                                   // with AVX512-BF16, slower on others. "auto": bf16 where it is faster, decided when
                                   // the run starts
  bool deterministic = false;      // on a GPU: kernels that give the same bits on every run, so that --resume is exact
                                   // there, too; slower. Processors give the same bits in any case
  bool recompute = false;       // layers of the fusion transformer are computed again on the way back instead of kept:
                                // less memory, about a third more work (activation checkpointing)
  std::string graphs = "auto";  // steps on a GPU as CUDA graphs (trainer/step_graphs.h): "auto": where they can be,
                                // with agent.model.text = "own"; "on": an error where they cannot; "off"
  int log_every = 20;           // steps between lines of metrics.jsonl
  int evaluate_every = 500;     // steps between measurements on development data
  int development_examples = 512;  // of each development part
  std::string weights;     // folder of published weights (docs/pretrained.md) for encoders that begin from them; empty:
                           // TrainOptions::weights
  bool pretrained = true;  // false: such encoders begin at random like all else (the control without pretraining)
  std::string start;       // run or checkpoint whose parameters this one begins with, as one that was pretrained on
                           // recordings; empty: none. Does not matter to --resume
  std::vector<std::string> start_parts{"encoder.", "video."};  // those whose names begin so, as far as it has them
  double checkpoint_minutes = 5.0;
  int keep_checkpoints = 2;       // older ones are removed,
  std::vector<int> keep_steps{};  // but those after so many steps: they are written whatever the time, and stay
  DataConfig data;
  LossConfig loss;
  OptimizerConfig optimizer;
  DaggerConfig dagger;
  std::vector<SourceConfig> sources;
  /// What the sources of a world count together, however many they are, for worlds that sources name: "playhouse/house"
  /// is of "playhouse". 0 or no entry: the sum of their own weights. Written out when a run starts.
  std::map<std::string, double> world_weights;
};

/// What a run is called beside others: "generalist", "specialist:doom", "zero-shot:doom", "no-language", ...
struct RunNote {
  std::string kind;  // set by trainer/worlds.h when the run starts
};

/// One run.
struct RunConfig {
  RunNote run;
  PolicyContract contract;
  agent::ModelConfig model;
  agent::TokenizerOptions tokenizer;
  TrainerConfig trainer;
  IslandConfig island;
};

/// What a run draws with beside its data: trainer.seed, and for an island one of its own. Models, vocabularies and the
/// order of the data come from trainer.seed, which all islands have in common: data is shared out block by block.
[[nodiscard]] std::uint64_t island_seed(const RunConfig& config);

/// Islands with the same one draw from one order of data (distributed/ledger.h): what this run learns from, as a hash.
[[nodiscard]] std::string data_lane(const RunConfig& config);

void describe(ConfigVisitor& v, SourceConfig& config);
void describe(ConfigVisitor& v, DataConfig& config);
void describe(ConfigVisitor& v, LossConfig& config);
void describe(ConfigVisitor& v, DaggerConfig& config);
void describe(ConfigVisitor& v, TrainerConfig& config);
void describe(ConfigVisitor& v, RunNote& note);
void describe(ConfigVisitor& v, RunConfig& config);

/// Whether this run's steps are recorded as CUDA graphs, if they can be.
[[nodiscard]] bool uses_graphs(const RunConfig& config);

/// Checks combinations: throws Error(kConfig) listing every problem; warns of options that have no effect.
void validate(const RunConfig& config);

}  // namespace atl::trainer
