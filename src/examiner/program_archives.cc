// Archives, e-mail, PDF and office files. For names that an LHA says to be of another character set, the C library
// looks for a table on disk.
#include "examiner/zygote.h"

namespace crossguard::examiner {

const Program kProgram{.work = &examine::kArchiveFamily, .walls = {.fetches = true, .open_refused = true}};

}  // namespace crossguard::examiner
