"""What a campaign has for its films: quotes, archive pictures, music."""
