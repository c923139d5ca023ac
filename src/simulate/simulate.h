// A synthetic operation of any size from one seed (docs/formats/operation.md): what the provider hands in, in three
// shapes, what lists and partners hold, how authorities answer, and the truth of what was planted.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "env/env.h"

namespace crossguard {

struct SimulateProgress {
  int64_t done = 0, total = 0;  // files
  uint64_t byte_count = 0;
};

struct SimulateOptions {
  std::string size;  // simulate/sizes.h
  uint64_t seed = 1;
  std::string out;                                        // a folder that does not exist yet
  int workers = 0;                                        // threads; 0: as many as cores
  std::string picture;                                    // "press-release": its numbers; "": in proportion to the size
  std::function<void(const SimulateProgress&)> progress;  // called from the calling thread
};

// {"out", "size", "seed", "reports", "accounts", ...}. The same size and seed give the same bytes, whatever the
// workers. Memory: some blocks of 250 accounts, whatever the size. Everything is written below `<out>.part` and renamed
// at the end: `out` is whole or not there. kConflict: it is there already. kInvalid: no such size.
Result<nlohmann::json> Simulate(Env& env, const SimulateOptions& options);

}  // namespace crossguard
