"""Projects on real exports. The exports are not in the repository: KGI_REAL_DATA names the folder that holds them."""
