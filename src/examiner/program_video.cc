// Videos: a decoder holds some sixteen frames of the largest size beside the file itself. For the names of channels in
// a transport stream libavformat asks the C library for a character set, which looks for a table on disk.
#include "examiner/zygote.h"

namespace crossguard::examiner {

const Program kProgram{.work = &examine::kVideoFamily,
                       .walls = {.address_space_bytes = uint64_t{2} << 30, .fetches = true, .open_refused = true}};

}  // namespace crossguard::examiner
