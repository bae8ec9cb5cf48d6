"""Good behaviour: what a workspace may send in a day, the brake, and what is looked at before a mail may go."""
