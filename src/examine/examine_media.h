// The examination stage: every pending content goes from the vault through the jail, and what the jail says is written
// down. Members of archives become contents of their own, are sealed, and are examined in turn.
//
// What has come out is written down every three seconds, in one transaction; an archive with all its members in one of
// its own. A kill loses at most what came out since; what is still pending is examined again. Memory: that of the
// examiner (examiner_client.h) and one archive with one member.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "crypto/public_id.h"
#include "custody/gate.h"
#include "env/env.h"
#include "examine/examiner_client.h"
#include "register/sql.h"
#include "vault/vault.h"

namespace crossguard::examine {

// Passes the gate for Act::kExamineFiles within the transaction; details: counts of the batch.
using PassGate = std::function<Result<Permit>(Transaction& transaction, const std::string& details_json)>;

struct ExamineMediaOptions {
  int workers = 0;           // 0: one per processor
  std::string program = {};  // as in ExaminerOptions
  // Also the PDQ of the whole picture where a side exceeds 512: for lists that were made with that definition.
  bool full_pdq = false;
  // Larger contents are read from the vault window by window, if they are videos or archives; others are named only.
  uint64_t whole_bytes_max = uint64_t{256} << 20;
  // Of all that is unpacked from one submitted file, archives within archives included; what goes beyond is named
  // limit_exceeded, total_limit.
  uint64_t unpacked_bytes_max = uint64_t{64} << 30;
};

struct ExamineProgress {
  int64_t done = 0;
  int64_t total = 0;  // grows when archives bring members
  uint64_t byte_count = 0;
  int64_t fault_count = 0;
};

// What the contents of one family of formats cost (kernel/facts.h).
struct FamilyCost {
  int64_t file_count = 0;
  uint64_t byte_count = 0;
  uint64_t cpu_micros = 0;  // of its workers in the jail; that of pictures includes telling all kinds
};

struct ExamineMediaSummary {
  int64_t file_count = 0;  // contents examined by this call
  uint64_t byte_count = 0;
  int64_t fault_count = 0;  // of them, neither examined nor of an unsupported kind: each row says why
  int64_t archive_count = 0;
  int64_t member_count = 0;  // new or known contents found in archives
  std::array<FamilyCost, kFamilies> families{};
};

// Until nothing is pending. Errors: kUnavailable (the jail cannot be started or kept alive), kCorrupt (the vault),
// kExhausted (disk).
Result<ExamineMediaSummary> ExamineMedia(Env& env, Vault& vault, Database& database, const IdMaker& ids,
                                         const PassGate& pass_gate, const ExamineMediaOptions& options,
                                         const std::function<void(const ExamineProgress&)>& on_progress);

}  // namespace crossguard::examine
