// The order of work, written once: seal, read, examine, match, cross-check, triage, compose, seal packages, balance.
// Each step is one transaction per bounded set and is skipped when it was done for the same input, so a run that was
// killed goes on where it stopped, and the same submission handed in twice changes nothing.
#pragma once

#include <string>

#include "app/house.h"
#include "app/progress.h"
#include "base/json.h"

namespace crossguard {

struct RunOptions {
  std::string submission_path;  // a submission, or an operation folder (docs/formats/operation.md)
  std::string operation;        // its name; made if new
  std::string officer;          // acts in the ledger; empty: the first officer of the book who may seal submissions
  int workers = 0;              // examiner processes; 0: as many as cores
  std::string origin_case;      // id or number of the case in which the material was seized; empty: from a provider
};

// The figures of the run as JSON (register/desk_rows.h, OperationFigures) with "already_taken_in", "submission",
// "receipt", "balance", "seconds" and "examined_by_family": of this run {"pictures": {"files", "bytes", "cpu_seconds"},
// "heif", "video", "archives"}, where the seconds are those of the workers in the jail. A balance that does not hold is
// kCorrupt, after everything is stored: nothing leaves.
Result<nlohmann::json> Run(House& house, const RunOptions& options, Progress& progress);

// Seals and reads a submission, no more.
Result<nlohmann::json> Intake(House& house, const RunOptions& options, Progress& progress);

// The balance of the whole data directory, stored and returned; also checks that sealed packages lie on disk.
Result<nlohmann::json> TakeBalance(House& house, const std::string& officer);

// Composes and seals what is new for an operation: after an approval, an erasure, a deconfliction found or settled.
Status MakePackages(House& house, const std::string& operation, const std::string& officer, Progress& progress);
// The same as a person asks for it: {"operation", "packages": sealed and waiting for approval, each with "held_back"
// and "follows", "withheld": by reason, "balance"}. kDenied for an operation that the officer may not see, kNotFound
// without one; kCorrupt where the balance does not hold.
Result<nlohmann::json> ComposeAgain(House& house, const std::string& operation, const std::string& officer,
                                    Progress& progress);
Status SealComposed(House& house, const std::string& operation, const std::string& officer, Progress& progress);

}  // namespace crossguard
