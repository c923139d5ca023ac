// Any bytes as each of the three tables.
#include <cstdlib>

#include "intake/fuzz_sink.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard::intake;
  for (const Shape shape : {Shape::kCsvAccounts, Shape::kCsvFiles, Shape::kCsvIps}) FuzzDialect({data, size}, shape);
  return 0;
}
