"""All that a workspace holds, as a whole: taken along as a ZIP, or erased. Above the domains whose data it is."""
