"""From approved clips to films: cards, plan, compositor, versions, sign-off."""
