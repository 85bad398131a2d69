# For a Cython that does not see the installed packages, or sees an editable installation: with
# `-I` kmeans_fast.get_include() it finds the same declarations here.
include "../../c_api.pxd"
