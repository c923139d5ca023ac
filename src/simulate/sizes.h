// How large an operation is: by name, or in numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace crossguard::simulate {

struct OperationSize {
  std::string name;           // as given
  int64_t account_count = 0;  // reported accounts, at most 10 million
  int64_t file_count = 0;     // declared files, about
  uint64_t byte_count = 0;    // of the files, about
};

// "tiny" (seconds; tests), "demo" (3,000 accounts, 6,000 files, 1 GB), "seed" (90,000 accounts, 32 GB), or
// "accounts=N,files=M,bytes=B" with B also as 500MB or 2GB. kInvalid otherwise.
Result<OperationSize> ParseSize(std::string_view text);

}  // namespace crossguard::simulate
